package io.keyferry.cli.demo;

import java.util.ArrayList;
import java.util.List;

/** Counts what the proof finds. Owned by one thread. */
final class ProofTally {

    private static final int EXAMPLES = 10;

    private final List<String> examples = new ArrayList<>();
    private long rows;
    private long values;
    private long undecryptable;
    private long remaining;
    private long lostWrites;
    private long missingRows;
    private long extraRows;

    void row() {
        rows++;
    }

    void value() {
        values++;
    }

    void undecryptable(long id, EncryptedColumn column, String reason, boolean underAnotherKey) {
        undecryptable++;
        if (underAnotherKey) {
            remaining++;
        }
        example("customer " + id + " " + column.column() + ": " + reason);
    }

    void lostWrite(long id, EncryptedColumn column) {
        lostWrites++;
        example("customer " + id + " " + column.column() + ": not what was written last");
    }

    void missingRow(long id) {
        missingRows++;
        lostWrites += EncryptedColumn.values().length;
        example("customer " + id + ": written, and not there");
    }

    void extraRow(long id) {
        extraRows++;
        lostWrites += EncryptedColumn.values().length;
        example("customer " + id + ": there, though not written or deleted");
    }

    private void example(String text) {
        if (examples.size() < EXAMPLES) {
            examples.add(text);
        }
    }

    ProofFindings findings() {
        return new ProofFindings(rows, values, undecryptable, remaining, lostWrites, missingRows, extraRows, examples);
    }
}
