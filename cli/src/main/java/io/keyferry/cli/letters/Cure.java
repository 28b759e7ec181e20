package io.keyferry.cli.letters;

import io.keyferry.model.DeadLetter;

/** What to do about dead letters, in a sentence for each reason. */
final class Cure {

    private Cure() {}

    static String of(DeadLetter.Reason reason) {
        return switch (reason) {
            case WRONG_CONTEXT ->
                "correct the column's context in migration.yaml and run again (the sweep then tries the values by"
                        + " itself); where single rows are at fault, correct those rows";
            case NOT_CIPHERTEXT ->
                "correct the column's encoding in migration.yaml and run again; what is no KMS ciphertext must be"
                        + " encrypted, or emptied, by the application";
            case UNKNOWN_KEY ->
                "name the key under keys.source in migration.yaml, allow kms:ReEncryptFrom on it, and run again";
            case NULL_CONTEXT ->
                "fill the row's column that the encryption context is made from: that write brings the value again";
            case VERIFICATION_FAILED ->
                "nothing was written; retry. Where it fails again, decrypt the row's value by hand, and do not go on before"
                        + " you know why KMS made another value of it";
            case TOO_LONG -> "make the column longer (or drop the index that is in the way), then retry";
            case REJECTED -> "correct the constraint, or exempt the sink's role from the trigger, then retry";
            case NOT_CONFIGURED ->
                "put the table, column or row key back into migration.yaml, then replay the sink from the offset that"
                        + " `keyferry dead-letters show` names";
            case UNREADABLE ->
                "find out what else writes to the topic; what the record was about, the sweep finds in the table";
        };
    }
}
