package io.keyferry.cli.report;

import io.keyferry.cli.letters.RemainingLetters;
import io.keyferry.kms.KeyUses;
import io.keyferry.model.Migration;
import io.keyferry.model.file.AppliedOverride;
import java.time.Instant;
import java.util.List;

/**
 * All that a report rests on.
 *
 * @param made when it was gathered
 * @param database {@code host:port/name}
 * @param changesAreRead whether a run is at work, so that what the application writes is looked at as it comes
 * @param letters dead letters whose values are still there
 * @param keys what KMS tells of each source key
 */
record Evidence(
        Migration migration,
        Configuration configuration,
        Instant made,
        String database,
        ProgressEvidence progress,
        boolean changesAreRead,
        List<RemainingLetters> letters,
        List<VerificationRecord> verifications,
        OpenTransactions transactions,
        List<KeyUses> keys,
        OtherColumns otherColumns) {

    Evidence {
        letters = List.copyOf(letters);
        verifications = List.copyOf(verifications);
        keys = List.copyOf(keys);
    }

    /**
     * @param file name of migration.yaml
     * @param sha256 of its bytes, in hexadecimal digits
     * @param overrides what variables say in its place
     */
    record Configuration(String file, String sha256, List<AppliedOverride> overrides) {

        Configuration {
            overrides = List.copyOf(overrides);
        }
    }
}
