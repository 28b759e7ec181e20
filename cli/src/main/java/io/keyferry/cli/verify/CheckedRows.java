package io.keyferry.cli.verify;

import io.keyferry.model.Migration;
import io.keyferry.sink.RowReader;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/** The rows of a chunk with what is being found in them. Used by one thread. */
final class CheckedRows {

    private final Migration.Table table;
    private final ValueCheck check;
    private final List<Row> rows = new ArrayList<>();

    /** A row as it was read, and the verdicts of its columns, in time. */
    record Row(RowReader.Row read, Map<Migration.Column, CompletableFuture<Verdict>> verdicts) {

        boolean isSuspicious() {
            return verdicts.values().stream().anyMatch(Row::isUnreadable);
        }

        private static boolean isUnreadable(CompletableFuture<Verdict> verdict) {
            return verdict.join() instanceof Verdict.Unreadable;
        }
    }

    /** Starts looking at the rows. */
    CheckedRows(Migration.Table table, ValueCheck check, List<RowReader.Row> read) {
        this.table = table;
        this.check = check;
        for (RowReader.Row row : read) {
            Map<Migration.Column, CompletableFuture<Verdict>> verdicts = new LinkedHashMap<>();
            table.columns().forEach(column -> verdicts.put(column, check.of(column, row.columns()::get)));
            rows.add(new Row(row, verdicts));
        }
    }

    List<Row> rows() {
        return rows;
    }

    /** Is done when every verdict is there. */
    CompletableFuture<Void> done() {
        return CompletableFuture.allOf(
                rows.stream().flatMap(row -> row.verdicts().values().stream()).toArray(CompletableFuture[]::new));
    }

    /** Rows with a value that does not decrypt; once all verdicts are there. */
    List<RowReader.Row> suspicious() {
        return rows.stream().filter(Row::isSuspicious).map(Row::read).toList();
    }

    /**
     * Starts looking again at what has changed since: a value that was being written when it was read is no mismatch, nor is
     * one whose row is gone.
     *
     * @param now the suspicious rows as they are now
     * @param keyOf a row's key
     */
    void lookAgain(List<RowReader.Row> now, Function<RowReader.Row, Map<String, String>> keyOf) {
        Map<Map<String, String>, RowReader.Row> byKey = new LinkedHashMap<>();
        now.forEach(row -> byKey.put(keyOf.apply(row), row));
        for (int i = rows.size() - 1; i >= 0; i--) {
            Row row = rows.get(i);
            if (row.isSuspicious()) {
                RowReader.Row present = byKey.get(keyOf.apply(row.read()));
                if (present == null) {
                    rows.remove(i);
                } else {
                    lookAgain(row, present);
                }
            }
        }
    }

    private void lookAgain(Row row, RowReader.Row now) {
        for (Migration.Column column : table.columns()) {
            if (Row.isUnreadable(row.verdicts().get(column)) && isChanged(column, row.read(), now)) {
                row.verdicts().put(column, check.of(column, now.columns()::get));
            }
        }
    }

    private static boolean isChanged(Migration.Column column, RowReader.Row before, RowReader.Row now) {
        return !Objects.equals(
                        before.columns().get(column.name()), now.columns().get(column.name()))
                || column.context().columns().stream()
                        .anyMatch(name -> !Objects.equals(
                                before.columns().get(name), now.columns().get(name)));
    }
}
