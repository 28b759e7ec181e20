package io.keyferry.cli.verify;

import io.keyferry.cli.terminal.Console;
import io.keyferry.cli.terminal.Figures;

/** What a verification has found, as people read it. */
final class VerifyText {

    private static final int TOLD = 20;

    private VerifyText() {}

    static void print(Verification verification, Console console) {
        for (TableResult table : verification.tables()) {
            console.line("  " + table.table() + ": " + Figures.count(table.rows()) + " rows");
            for (ColumnResult column : table.columns()) {
                console.line(
                        "    " + column.column() + ": " + Figures.count(column.values() - column.mismatches()) + " of "
                                + Figures.count(column.values()) + " values decrypt under the target key"
                                + (column.empty() > 0 ? ", " + Figures.count(column.empty()) + " empty" : ""));
            }
        }
        verification.mismatches().stream().limit(TOLD).forEach(mismatch -> console.line("  ✘ " + mismatch));
        if (verification.mismatchCount() > TOLD) {
            console.line("  … and " + Figures.count(verification.mismatchCount() - TOLD)
                    + " more; the record has the first 1,000");
        }
    }
}
