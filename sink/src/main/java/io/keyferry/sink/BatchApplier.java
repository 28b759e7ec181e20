package io.keyferry.sink;

import io.keyferry.model.DeadLetter;
import io.keyferry.model.Migration;
import io.keyferry.model.TableLayout;
import io.keyferry.model.TableName;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.stream.Collectors;

/** Applies a batch of the journal, one statement a table and wave. Used by one thread. */
final class BatchApplier {

    /** By row key, so that two sinks that meet in the same rows lock them in the same order. */
    private static final Comparator<JournalEntry> KEY_ORDER =
            Comparator.comparing(entry -> entry.rewrite().key().toString());

    private final Map<TableName, TableWriter> writers = new HashMap<>();

    /**
     * @param commitTimes whether each write asks for a commit time of its own
     * @param wrote is told how many nanoseconds each statement that wrote has taken
     */
    BatchApplier(
            List<Migration.Table> tables,
            List<TableLayout> layouts,
            boolean commitTimes,
            Pause pause,
            LongConsumer wrote) {
        Map<TableName, TableLayout> byName = new HashMap<>();
        layouts.forEach(layout -> byName.put(layout.name(), layout));
        tables.forEach(table ->
                writers.put(table.name(), new TableWriter(table, byName.get(table.name()), commitTimes, pause, wrote)));
    }

    /** What became of an entry's columns. */
    record Settled(JournalEntry entry, Map<String, Settlement> columns) {}

    /** Applies entries, of which nothing is {@link #refused}, in their order: what a row gets first is settled before its next rewrite is looked at. */
    List<Settled> apply(Connection connection, List<JournalEntry> entries) throws SQLException {
        List<Settled> settled = new ArrayList<>();
        for (Map<TableName, List<JournalEntry>> wave : waves(entries)) {
            for (Map.Entry<TableName, List<JournalEntry>> table : wave.entrySet()) {
                List<JournalEntry> rows = new ArrayList<>(table.getValue());
                rows.sort(KEY_ORDER);
                List<Map<String, Settlement>> outcomes =
                        writers.get(table.getKey()).apply(connection, rows);
                for (int i = 0; i < rows.size(); i++) {
                    settled.add(new Settled(rows.get(i), outcomes.get(i)));
                }
            }
        }
        return settled;
    }

    /**
     * Looks at what rows of one table hold, and writes nothing.
     *
     * @param entries of which nothing is {@link #refused}, at least one, each of another row
     */
    List<Map<String, CompareAndSet.Found>> look(Connection connection, List<JournalEntry> entries) throws SQLException {
        return writers.get(entries.get(0).rewrite().table()).look(connection, entries);
    }

    /** The first wave has every row's first rewrite, the second the second, and so on. */
    static List<Map<TableName, List<JournalEntry>>> waves(List<JournalEntry> entries) {
        List<Map<TableName, List<JournalEntry>>> waves = new ArrayList<>();
        Map<JournalEntry.Row, Integer> next = new HashMap<>();
        for (JournalEntry entry : entries) {
            if (entry.rewrite().columns().isEmpty()) {
                continue;
            }
            int wave = next.merge(entry.row(), 1, Integer::sum) - 1;
            if (wave == waves.size()) {
                waves.add(new LinkedHashMap<>());
            }
            waves.get(wave)
                    .computeIfAbsent(entry.rewrite().table(), table -> new ArrayList<>())
                    .add(entry);
        }
        return waves;
    }

    /**
     * The rows whose values a change left out, by entry.
     *
     * @param refused is given what cannot be looked for
     */
    Map<JournalEntry, RowReader.Row> readAgain(
            Connection connection, List<JournalEntry> entries, Consumer<Settled> refused) throws SQLException {
        Map<TableName, List<JournalEntry>> byTable = new LinkedHashMap<>();
        for (JournalEntry entry : entries) {
            if (!entry.rewrite().readAgain().isEmpty()) {
                byTable.computeIfAbsent(entry.rewrite().table(), table -> new ArrayList<>())
                        .add(entry);
            }
        }
        Map<JournalEntry, RowReader.Row> rows = new LinkedHashMap<>();
        for (Map.Entry<TableName, List<JournalEntry>> table : byTable.entrySet()) {
            rows.putAll(writers.get(table.getKey())
                    .readAgain(
                            connection,
                            table.getValue(),
                            entry -> refused.accept(new Settled(
                                    entry,
                                    entry.rewrite().readAgain().stream()
                                            .collect(Collectors.toMap(
                                                    column -> column, column -> RowWrites.NO_VALUE))))));
        }
        return rows;
    }

    /** Why columns of an entry are not to be applied, by column; empty where all is well. */
    Map<String, Settlement> refused(JournalEntry entry) {
        TableWriter writer = writers.get(entry.rewrite().table());
        if (writer != null) {
            return writer.refused(entry);
        }
        Settlement refused = new Settlement.Refused(
                DeadLetter.Reason.NOT_CONFIGURED,
                "the table is not in migration.yaml; put it back and replay the sink from here");
        return entry.columns().collect(Collectors.toMap(column -> column, column -> refused));
    }
}
