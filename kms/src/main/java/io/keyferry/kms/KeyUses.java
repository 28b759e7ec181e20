package io.keyferry.kms;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What KMS tells of a key and of who may use it.
 *
 * @param description empty where KMS does not tell it, as the others
 * @param aliases names that stand for the key, such as {@code alias/app}: what is called by one is encrypted under it
 * @param notTold why something is not known, a sentence each
 */
public record KeyUses(
        String arn,
        Optional<KeyDescription> description,
        Optional<List<String>> aliases,
        Optional<List<Grant>> grants,
        Optional<LastUse> lastUse,
        List<String> notTold) {

    public KeyUses {
        aliases = aliases.map(List::copyOf);
        grants = grants.map(List::copyOf);
        notTold = List.copyOf(notTold);
    }

    /**
     * @param name empty where it has none
     * @param grantee the principal that it lets use the key
     * @param operations that it allows, such as {@code Decrypt}
     */
    public record Grant(String id, String name, String grantee, List<String> operations) {

        public Grant {
            operations = List.copyOf(operations);
        }
    }

    /**
     * The newest successful use for encryption or decryption, by whomsoever.
     *
     * @param at empty where there was none since it is tracked
     * @param operation such as {@code Decrypt}; empty with {@code at}
     * @param trackedSince when KMS began to take note
     */
    public record LastUse(Optional<Instant> at, String operation, Instant trackedSince) {}
}
