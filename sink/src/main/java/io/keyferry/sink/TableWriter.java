package io.keyferry.sink;

import io.keyferry.model.DeadLetter;
import io.keyferry.model.KeyFerryException;
import io.keyferry.model.Migration;
import io.keyferry.model.Rewrite;
import io.keyferry.model.TableLayout;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/** Writes rewrites of one table back and finds out what became of each value. Used by one thread. */
final class TableWriter {

    private static final int TRIES = 5;

    private final Migration.Table table;
    private final TableLayout layout;
    private final CompareAndSet compareAndSet;
    private final RowReader reader;
    private final Pause pause;

    TableWriter(Migration.Table table, TableLayout layout, Pause pause) {
        this.table = table;
        this.layout = layout;
        this.pause = pause;
        compareAndSet = new CompareAndSet(table, layout);
        reader = new RowReader(table, layout);
    }

    /**
     * Applies rewrites, each of another row.
     *
     * @return for each entry, what became of each of its columns
     */
    List<Map<String, Settlement>> apply(Connection connection, List<JournalEntry> entries) throws SQLException {
        List<Map<String, Settlement>> settled = write(connection, entries);
        settleMisses(connection, entries, settled);
        return settled;
    }

    /** Columns that the statement did not change stay without a settlement. */
    private List<Map<String, Settlement>> write(Connection connection, List<JournalEntry> entries) throws SQLException {
        Duration wait = Duration.ofMillis(10);
        while (true) {
            try {
                return written(compareAndSet.execute(
                        connection, entries.stream().map(JournalEntry::rewrite).toList()));
            } catch (SQLException e) {
                DatabaseTrouble trouble = DatabaseTrouble.of(e);
                boolean alone = entries.size() == 1;
                if (trouble == DatabaseTrouble.CONTENDED || trouble == DatabaseTrouble.LOCKED && alone) {
                    wait = pause.longer(wait);
                } else if (trouble == DatabaseTrouble.LOCKED || trouble == DatabaseTrouble.DATA && !alone) {
                    return halves(connection, entries);
                } else if (trouble == DatabaseTrouble.DATA) {
                    return List.of(refused(connection, entries.get(0), e));
                } else {
                    throw e;
                }
            }
        }
    }

    private static List<Map<String, Settlement>> written(List<Set<String>> columns) {
        List<Map<String, Settlement>> settled = new ArrayList<>();
        for (Set<String> done : columns) {
            Map<String, Settlement> row = new HashMap<>();
            done.forEach(column -> row.put(column, Settlement.REWRITTEN));
            settled.add(row);
        }
        return settled;
    }

    private List<Map<String, Settlement>> halves(Connection connection, List<JournalEntry> entries)
            throws SQLException {
        int middle = entries.size() / 2;
        List<Map<String, Settlement>> settled = new ArrayList<>(write(connection, entries.subList(0, middle)));
        settled.addAll(write(connection, entries.subList(middle, entries.size())));
        return settled;
    }

    /** A row that the database refuses: its columns one by one, so that only the one at fault is given up. */
    private Map<String, Settlement> refused(Connection connection, JournalEntry entry, SQLException failure)
            throws SQLException {
        Set<String> columns = entry.rewrite().columns().keySet();
        if (columns.size() > 1) {
            Map<String, Settlement> settled = new HashMap<>();
            for (String column : columns) {
                settled.putAll(
                        write(connection, List.of(entry.only(Set.of(column)))).get(0));
            }
            return settled;
        }
        boolean tooLong = "22001".equals(failure.getSQLState());
        Settlement refused = new Settlement.Refused(
                tooLong ? DeadLetter.Reason.TOO_LONG : DeadLetter.Reason.REJECTED,
                tooLong
                        ? "the new value does not fit the column; make the column longer"
                        : "the database refused the new value with SQLSTATE " + failure.getSQLState()
                                + "; look for a constraint or a trigger of the table");
        return new HashMap<>(Map.of(columns.iterator().next(), refused));
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
        open = compare(connection, entries, settled, open, false);
        for (int tries = 0; !open.isEmpty(); tries++) {
            // Only once its own transaction is visible does a row that shows something else prove that it moved on.
            for (int i : open) {
                awaitVisible(connection, entries.get(i).rewrite());
            }
            open = compare(connection, entries, settled, open, true);
            if (!open.isEmpty() && tries == TRIES) {
                throw unwritable(entries.get(open.get(0)).rewrite());
            }
            for (int i : open) {
                Set<String> missing =
                        new HashSet<>(entries.get(i).rewrite().columns().keySet());
                missing.removeAll(settled.get(i).keySet());
                JournalEntry rest = entries.get(i).only(missing);
                settled.get(i).putAll(write(connection, List.of(rest)).get(0));
            }
        }
    }

    private void awaitVisible(Connection connection, Rewrite rewrite) throws SQLException {
        Duration wait = Duration.ofMillis(10);
        while (!TransactionVisibility.isVisible(connection, rewrite.source().txId())) {
            wait = pause.longer(wait);
        }
    }

    /**
     * Reads the open entries' rows and settles what they tell.
     *
     * @param visible whether the entries' transactions are known to be visible, so that another value means superseded
     * @return the entries that are still open
     */
    private List<Integer> compare(
            Connection connection,
            List<JournalEntry> entries,
            List<Map<String, Settlement>> settled,
            List<Integer> open,
            boolean visible)
            throws SQLException {
        List<Integer> still = new ArrayList<>();
        List<Optional<RowReader.Row>> rows = open.isEmpty()
                ? List.of()
                : reader.read(
                        connection,
                        open.stream().map(i -> entries.get(i).rewrite().key()).toList());
        for (int j = 0; j < open.size(); j++) {
            int i = open.get(j);
            Rewrite rewrite = entries.get(i).rewrite();
            Optional<RowReader.Row> row = rows.get(j);
            rewrite.columns().forEach((column, values) -> {
                if (settled.get(i).containsKey(column)) {
                    return;
                }
                String now = row.map(found -> found.columns().get(column)).orElse(null);
                if (values.newValue().equals(now)) {
                    settled.get(i).put(column, Settlement.REWRITTEN);
                } else if (visible && !(values.oldValue().equals(now) && sameContext(rewrite, column, row.get()))) {
                    settled.get(i).put(column, Settlement.SUPERSEDED);
                }
            });
            if (settled.get(i).size() < rewrite.columns().size()) {
                still.add(i);
            }
        }
        return still;
    }

    private boolean sameContext(Rewrite rewrite, String column, RowReader.Row row) {
        return table.columns().stream()
                .filter(candidate -> candidate.name().equals(column))
                .flatMap(candidate -> candidate.context().columns().stream())
                .filter(context -> !layout.rowKey().contains(context))
                .allMatch(context -> Objects.equals(
                        rewrite.context().get(context), row.columns().get(context)));
    }

    private static KeyFerryException unwritable(Rewrite rewrite) {
        return new KeyFerryException("The row " + rewrite.key() + " of " + rewrite.table()
                + " keeps its old value although it was updated " + TRIES
                + " times. A trigger puts it back, or row-level security hides the row from UPDATE: exempt the sink's"
                + " role from it, and run again; nothing is lost.");
    }

    /** The rows of the entries as they are once the entries' transactions are visible. */
    Map<JournalEntry, RowReader.Row> readAgain(Connection connection, List<JournalEntry> entries) throws SQLException {
        Map<JournalEntry, RowReader.Row> found = new LinkedHashMap<>();
        for (JournalEntry entry : entries) {
            awaitVisible(connection, entry.rewrite());
        }
        List<Optional<RowReader.Row>> rows = reader.read(
                connection, entries.stream().map(entry -> entry.rewrite().key()).toList());
        for (int i = 0; i < entries.size(); i++) {
            JournalEntry entry = entries.get(i);
            rows.get(i).ifPresent(row -> found.put(entry, row));
        }
        return found;
    }
}
