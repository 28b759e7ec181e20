package io.keyferry.cli.undo;

import io.keyferry.kms.KeyDescription;
import io.keyferry.kms.KeyServices;
import io.keyferry.kms.KmsAccess;
import io.keyferry.kms.KmsAnswer;
import io.keyferry.kms.KmsConnection;
import io.keyferry.kms.RetryListener;
import io.keyferry.model.KeyFerryException;
import io.keyferry.model.Migration;

/** Makes sure that what is put back can be decrypted. */
final class SourceKeys {

    private SourceKeys() {}

    /**
     * Returns where every source key is enabled.
     *
     * @throws KeyFerryException naming one that is not, or that cannot be asked for
     */
    static void requireEnabled(Migration.Keys keys) {
        try (KmsConnection kms = KeyServices.open(
                KmsAccess.ofEnvironment(keys.region()), keys.maxRequestsPerSecond(), RetryListener.NOBODY)) {
            for (String arn : keys.source()) {
                KeyDescription key = KmsAnswer.of(kms.withoutRetries().describe(arn));
                if (!key.isEnabled()) {
                    throw new KeyFerryException("The source key " + arn + " is " + key.state()
                            + ", so that nobody could decrypt what an undo puts back. Enable it (aws kms enable-key"
                            + " --key-id " + arn + "), and undo again. Nothing was changed.");
                }
            }
        }
    }
}
