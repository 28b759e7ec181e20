package io.keyferry.sink;

import io.keyferry.model.DeadLetter;

/** What became of one value in the sink. */
sealed interface Settlement {

    /** The column holds the new value, by this write or by an earlier delivery of the same rewrite. */
    record Rewritten() implements Settlement {}

    /** The row is gone, or the application wrote first: its own write is a later change. */
    record Superseded() implements Settlement {}

    /** The database refused the new value, or the rewrite is of no row or column that is migrated. */
    record Refused(DeadLetter.Reason reason, String message) implements Settlement {

        /** As {@link DeadLetter.Column#settings}: of a column that is not configured, other settings than any it may get. */
        String settings() {
            return reason == DeadLetter.Reason.NOT_CONFIGURED ? reason.word() : "";
        }
    }

    Settlement REWRITTEN = new Rewritten();
    Settlement SUPERSEDED = new Superseded();
}
