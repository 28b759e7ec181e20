package io.keyferry.cli.undo;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.keyferry.cli.terminal.Console;
import io.keyferry.cli.terminal.Figures;
import io.keyferry.model.TableName;
import io.keyferry.sink.UndoCounts;
import java.util.Map;
import java.util.TreeMap;

/**
 * What an undo has done, or would do.
 *
 * @param complete whether the whole journal was read
 * @param wholeJournal whether the journal still has its beginning
 * @param unreadable records of the journal that are no rewrites
 */
record UndoReport(
        String migration,
        boolean dryRun,
        boolean complete,
        boolean wholeJournal,
        Map<TableName, UndoCounts> tables,
        long unreadable) {

    void print(Console console) {
        new TreeMap<>(tables).forEach((table, counts) -> {
            console.line("  " + table + ": " + Figures.count(counts.total()) + " rewritten values on the journal");
            line(console, counts.undone(), dryRun ? "would be undone" : "undone");
            line(console, counts.already(), "hold what they held before already");
            line(console, counts.left(), "left: written since, or the row is gone");
            line(console, counts.refused(), "left: the database refuses what was there before");
            line(console, counts.notConfigured(), "left: of a key or a column that is not in migration.yaml");
        });
        if (unreadable > 0) {
            console.line(
                    "  " + Figures.count(unreadable) + " records of the journal are no rewrites; the log names them");
        }
        if (!wholeJournal) {
            console.line("  the beginning of the journal has been deleted: what it held is not undone");
        }
    }

    private static void line(Console console, long values, String what) {
        if (values > 0) {
            console.line("    " + Figures.padded(Figures.count(values), 12) + "  " + what);
        }
    }

    UndoCounts sum() {
        return tables.values().stream().reduce(UndoCounts.NONE, UndoCounts::plus);
    }

    ObjectNode json() {
        ObjectNode node = JsonNodeFactory.instance
                .objectNode()
                .put("migration", migration)
                .put("dryRun", dryRun)
                .put("complete", complete)
                .put("wholeJournal", wholeJournal)
                .put("unreadable", unreadable);
        ObjectNode byTable = node.putObject("tables");
        new TreeMap<>(tables)
                .forEach((table, counts) -> byTable.putObject(table.toString())
                        .put("total", counts.total())
                        .put("undone", counts.undone())
                        .put("already", counts.already())
                        .put("left", counts.left())
                        .put("refused", counts.refused())
                        .put("notConfigured", counts.notConfigured()));
        return node;
    }
}
