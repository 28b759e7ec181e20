package io.keyferry.cli.verify;

import java.util.Optional;

/** What became of looking at one value. */
sealed interface Verdict {

    /** There is nothing to decrypt. */
    record Empty() implements Verdict {}

    /** It decrypts under the target key in every Region that was asked. */
    record Readable() implements Verdict {}

    /**
     * It does not.
     *
     * @param region the first Region, in the order they are asked in, where it does not
     * @param reason a word that stays the same over versions
     * @param message for people; names no value
     * @param key ARN of the key that KMS says it is under; empty where KMS named none of migration.yaml's
     */
    record Unreadable(String region, String reason, String message, Optional<String> key) implements Verdict {}
}
