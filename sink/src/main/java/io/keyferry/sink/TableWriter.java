package io.keyferry.sink;

import io.keyferry.model.DeadLetter;
import io.keyferry.model.KeyFerryException;
import io.keyferry.model.Migration;
import io.keyferry.model.Rewrite;
import io.keyferry.model.TableLayout;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

/** Writes rewrites of one table back and finds out what became of each value. Used by one thread. */
final class TableWriter {

    private static final int TRIES = 5;

    private final CompareAndSet compareAndSet;
    private final RowWrites writes;
    private final RowReader reader;
    private final Set<String> columns = new HashSet<>();
    private final Set<String> rowKey;
    private final Pause pause;

    TableWriter(Migration.Table table, TableLayout layout, boolean commitTimes, Pause pause, LongConsumer wrote) {
        this.pause = pause;
        compareAndSet = new CompareAndSet(table, layout, commitTimes);
        writes = new RowWrites(compareAndSet, pause, wrote);
        reader = new RowReader(table, layout);
        table.columns().forEach(column -> columns.add(column.name()));
        rowKey = Set.copyOf(layout.rowKey());
    }

    /**
     * Applies rewrites, each of another row.
     *
     * @return for each entry, what became of each of its columns
     */
    List<Map<String, Settlement>> apply(Connection connection, List<JournalEntry> entries) throws SQLException {
        List<Map<String, Settlement>> settled = writes.write(connection, entries);
        settleMisses(connection, entries, settled);
        return settled;
    }

    /** What the rows of the entries hold, as the write compares it. */
    List<Map<String, CompareAndSet.Found>> look(Connection connection, List<JournalEntry> entries) throws SQLException {
        return writes.look(connection, entries);
    }

    /**
     * Why columns of an entry cannot be looked for: what no statement could hit must not pass as superseded.
     *
     * @return by column; empty where all is well
     */
    Map<String, Settlement> refused(JournalEntry entry) {
        Rewrite rewrite = entry.rewrite();
        boolean otherRow =
                !rowKey.equals(rewrite.key().keySet()) || rewrite.key().containsValue(null);
        Map<String, Settlement> refused = new HashMap<>();
        entry.columns()
                .filter(column -> otherRow || !columns.contains(column))
                .forEach(column -> refused.put(
                        column,
                        new Settlement.Refused(
                                DeadLetter.Reason.NOT_CONFIGURED,
                                otherRow
                                        ? "the row is named by " + rewrite.key().keySet() + ", but its row key is "
                                                + rowKey + "; where its primary key, or rowKey in migration.yaml, was"
                                                + " changed, change it back and replay the sink from here"
                                        : "the column is not in migration.yaml; put it back and replay the sink from"
                                                + " here")));
        return refused;
    }

    private void settleMisses(Connection connection, List<JournalEntry> entries, List<Map<String, Settlement>> settled)
            throws SQLException {
        List<Integer> open = new ArrayList<>();
        for (int i = 0; i < entries.size(); i++) {
            if (settled.get(i).size() < entries.get(i).rewrite().columns().size()) {
                open.add(i);
            }
        }
        // A replayed journal's values are there already, whatever their transactions: most misses end here.
        open = look(connection, entries, settled, open, false);
        for (int tries = 0; !open.isEmpty(); tries++) {
            // Only once its own transaction is visible does a row that shows something else prove that it moved on.
            List<JournalEntry> missed = open.stream().map(entries::get).toList();
            TransactionVisibility.await(connection, missed, pause);
            open = look(connection, entries, settled, open, true);
            if (!open.isEmpty() && tries == TRIES) {
                throw unwritable(entries.get(open.get(0)));
            }
            List<JournalEntry> rest = new ArrayList<>();
            for (int i : open) {
                Set<String> missing =
                        new HashSet<>(entries.get(i).rewrite().columns().keySet());
                missing.removeAll(settled.get(i).keySet());
                rest.add(entries.get(i).only(missing));
            }
            List<Map<String, Settlement>> again = writes.write(connection, rest);
            for (int j = 0; j < open.size(); j++) {
                settled.get(open.get(j)).putAll(again.get(j));
            }
            open = open.stream()
                    .filter(i -> settled.get(i).size()
                            < entries.get(i).rewrite().columns().size())
                    .toList();
        }
    }

    /**
     * Looks at the open entries' rows and settles what they tell.
     *
     * @param visible whether the entries' transactions are known to be visible, so that another value means superseded
     * @return the entries that are still open
     */
    private List<Integer> look(
            Connection connection,
            List<JournalEntry> entries,
            List<Map<String, Settlement>> settled,
            List<Integer> open,
            boolean visible)
            throws SQLException {
        List<Integer> still = new ArrayList<>();
        List<JournalEntry> rest = new ArrayList<>();
        for (int i : open) {
            // without what the database has refused: it would refuse to compare it too
            rest.add(entries.get(i).without(settled.get(i).keySet()));
        }
        List<Map<String, CompareAndSet.Found>> found = writes.look(connection, rest);
        for (int j = 0; j < open.size(); j++) {
            Map<String, CompareAndSet.Found> row = found.get(j);
            Map<String, Settlement> columnsOfRow = settled.get(open.get(j));
            for (String column : rest.get(j).rewrite().columns().keySet()) {
                switch (row.get(column)) {
                    case NEW -> columnsOfRow.putIfAbsent(column, Settlement.REWRITTEN);
                    case NO_VALUE -> columnsOfRow.putIfAbsent(column, RowWrites.NO_VALUE);
                    case OTHER -> {
                        if (visible) {
                            columnsOfRow.putIfAbsent(column, Settlement.SUPERSEDED);
                        }
                    }
                    case OLD -> {
                        // to be written again
                    }
                }
            }
            if (columnsOfRow.size()
                    < entries.get(open.get(j)).rewrite().columns().size()) {
                still.add(open.get(j));
            }
        }
        return still;
    }

    private static KeyFerryException unwritable(JournalEntry entry) {
        Rewrite rewrite = entry.rewrite();
        return new KeyFerryException("The row " + rewrite.key() + " of " + rewrite.table()
                + " keeps its old value although it was updated " + (TRIES + 1) + " times (journal " + entry.position()
                + "). A trigger puts it back, or row-level security hides the row from UPDATE: exempt the sink's"
                + " role from it, and run again; nothing is lost.");
    }

    /**
     * The rows of the entries as they are once the entries' transactions are visible; none where there is no such row.
     *
     * @param unlike is given the entries whose keys are no values of the key's types
     */
    Map<JournalEntry, RowReader.Row> readAgain(
            Connection connection, List<JournalEntry> entries, Consumer<JournalEntry> unlike) throws SQLException {
        TransactionVisibility.await(connection, entries, pause);
        Map<JournalEntry, RowReader.Row> found = new LinkedHashMap<>();
        try {
            List<Optional<RowReader.Row>> rows = reader.read(
                    connection,
                    entries.stream().map(entry -> entry.rewrite().key()).toList());
            for (int i = 0; i < entries.size(); i++) {
                JournalEntry entry = entries.get(i);
                rows.get(i).ifPresent(row -> found.put(entry, row));
            }
        } catch (SQLException e) {
            if (DatabaseTrouble.of(e) != DatabaseTrouble.DATA) {
                throw e;
            }
            if (entries.size() == 1) {
                unlike.accept(entries.get(0));
            } else {
                for (JournalEntry entry : entries) {
                    found.putAll(readAgain(connection, List.of(entry), unlike));
                }
            }
        }
        return found;
    }
}
