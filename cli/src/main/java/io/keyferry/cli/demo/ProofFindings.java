package io.keyferry.cli.demo;

import java.util.List;

/**
 * What became of every row, counted in values (one column of one row) where not said otherwise.
 *
 * @param rows rows in the table
 * @param values values in the table
 * @param undecryptable values that KMS in the second Region does not decrypt under the target key's replica
 * @param remaining those of them that are encrypted under another key
 * @param lostWrites values other than what the application committed last, those of missing and extra rows included
 * @param missingRows rows that the application has written, and that are not there
 * @param extraRows rows that are there, though the application has deleted them or never wrote them
 * @param examples the first few findings, by row and column; no values
 */
public record ProofFindings(
        long rows,
        long values,
        long undecryptable,
        long remaining,
        long lostWrites,
        long missingRows,
        long extraRows,
        List<String> examples) {

    public ProofFindings {
        examples = List.copyOf(examples);
    }

    /** Whether every value decrypts in the second Region to what the application wrote last. */
    public boolean isPerfect() {
        return undecryptable == 0 && remaining == 0 && lostWrites == 0 && missingRows == 0 && extraRows == 0;
    }
}
