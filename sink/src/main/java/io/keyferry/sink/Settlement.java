package io.keyferry.sink;

import io.keyferry.model.DeadLetter;

/** What became of one value in the sink. */
sealed interface Settlement {

    /** The column holds the new value, by this write or by an earlier delivery of the same rewrite. */
    record Rewritten() implements Settlement {}

    /** The row is gone, or the application wrote first: its own write is a later change. */
    record Superseded() implements Settlement {}

    /** The database refused the new value. */
    record Refused(DeadLetter.Reason reason, String message) implements Settlement {}

    Settlement REWRITTEN = new Rewritten();
    Settlement SUPERSEDED = new Superseded();
}
