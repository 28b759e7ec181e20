package io.keyferry.stream;

import io.keyferry.model.DeadLetter;

/** What became of one value in the stream-processor. */
public sealed interface ColumnOutcome {

    /** NULL, or a text or bytea without content. */
    record Empty() implements ColumnOutcome {}

    record AlreadyTarget() implements ColumnOutcome {}

    /** Re-encrypted: the sink is to write it. */
    record Rewritten(String newValue, String sourceKey) implements ColumnOutcome {}

    record Dead(DeadLetter.Reason reason, String message) implements ColumnOutcome {}
}
