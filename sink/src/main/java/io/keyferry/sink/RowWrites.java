package io.keyferry.sink;

import io.keyferry.model.DeadLetter;
import io.keyferry.model.Rewrite;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongConsumer;

/**
 * Brings rewrites of one table through the database: waits for locks, tries again after a deadlock, and isolates the
 * value that the database refuses. Used by one thread.
 */
final class RowWrites {

    static final Settlement NO_VALUE = new Settlement.Refused(
            DeadLetter.Reason.REJECTED, "the rewrite holds what is no value of the column's type");

    private final CompareAndSet compareAndSet;
    private final Pause pause;
    private final LongConsumer wrote;

    /** @param wrote is told how many nanoseconds each statement that wrote has taken */
    RowWrites(CompareAndSet compareAndSet, Pause pause, LongConsumer wrote) {
        this.compareAndSet = compareAndSet;
        this.pause = pause;
        this.wrote = wrote;
    }

    /**
     * Writes rewrites, each of another row.
     *
     * @return for each entry the settlements of its columns, to be added to; columns that were not what the rewrite was
     *     computed from have none
     */
    List<Map<String, Settlement>> write(Connection connection, List<JournalEntry> entries) throws SQLException {
        Duration wait = Duration.ofMillis(10);
        LongWait longWait = new LongWait();
        while (!entries.isEmpty()) {
            try {
                long begun = System.nanoTime();
                List<Set<String>> columns = compareAndSet.write(connection, rewrites(entries));
                // what a locked row is waited for in vain says nothing of how the server writes
                wrote.accept(System.nanoTime() - begun);
                return written(columns);
            } catch (SQLException e) {
                switch (DatabaseTrouble.of(e)) {
                    case CONTENDED -> {
                        longWait.tell(entries.get(0).rewrite(), "whose update meets deadlocks");
                        wait = pause.longer(wait);
                    }
                    case LOCKED -> {
                        Set<Integer> free = free(connection, entries);
                        if (!free.isEmpty() && free.size() < entries.size()) {
                            return freeOnesFirst(connection, entries, free);
                        }
                        longWait.tell(entries.get(0).rewrite(), "which another session keeps locked");
                        wait = pause.longer(wait);
                    }
                    case DATA -> {
                        return entries.size() > 1
                                ? halves(connection, entries)
                                : List.of(refused(connection, entries.get(0), e));
                    }
                    default -> throw e;
                }
            }
        }
        return List.of();
    }

    /** Looks at rows as they are now; like {@link CompareAndSet#look}, whatever the rewrites hold. */
    List<Map<String, CompareAndSet.Found>> look(Connection connection, List<JournalEntry> entries) throws SQLException {
        if (entries.isEmpty()) {
            return List.of();
        }
        try {
            return compareAndSet.look(connection, rewrites(entries));
        } catch (SQLException e) {
            if (DatabaseTrouble.of(e) != DatabaseTrouble.DATA) {
                throw e;
            }
        }
        List<Map<String, CompareAndSet.Found>> found = new ArrayList<>();
        if (entries.size() > 1) {
            int middle = entries.size() / 2;
            found.addAll(look(connection, entries.subList(0, middle)));
            found.addAll(look(connection, entries.subList(middle, entries.size())));
            return found;
        }
        Map<String, CompareAndSet.Found> row = new HashMap<>();
        JournalEntry entry = entries.get(0);
        for (String column : entry.rewrite().columns().keySet()) {
            row.put(
                    column,
                    entry.rewrite().columns().size() == 1
                            ? CompareAndSet.Found.NO_VALUE
                            : look(connection, List.of(entry.only(Set.of(column))))
                                    .get(0)
                                    .get(column));
        }
        return List.of(row);
    }

    private static List<Rewrite> rewrites(List<JournalEntry> entries) {
        return entries.stream().map(JournalEntry::rewrite).toList();
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

    private Set<Integer> free(Connection connection, List<JournalEntry> entries) throws SQLException {
        try {
            return compareAndSet.free(connection, rewrites(entries));
        } catch (SQLException e) {
            return switch (DatabaseTrouble.of(e)) {
                // the table itself is locked; or one of the keys is no value, which writing will find
                case LOCKED, DATA -> Set.of();
                default -> throw e;
            };
        }
    }

    /** A row that somebody holds for long is waited for alone. */
    private List<Map<String, Settlement>> freeOnesFirst(
            Connection connection, List<JournalEntry> entries, Set<Integer> free) throws SQLException {
        List<Integer> order = new ArrayList<>();
        List<JournalEntry> first = new ArrayList<>();
        List<JournalEntry> held = new ArrayList<>();
        for (boolean now : List.of(true, false)) {
            for (int i = 0; i < entries.size(); i++) {
                if (free.contains(i) == now) {
                    order.add(i);
                    (now ? first : held).add(entries.get(i));
                }
            }
        }
        List<Map<String, Settlement>> done = new ArrayList<>(write(connection, first));
        done.addAll(write(connection, held));
        Map<Integer, Map<String, Settlement>> settled = new HashMap<>();
        for (int i = 0; i < order.size(); i++) {
            settled.put(order.get(i), done.get(i));
        }
        List<Map<String, Settlement>> inOrder = new ArrayList<>();
        for (int i = 0; i < entries.size(); i++) {
            inOrder.add(settled.get(i));
        }
        return inOrder;
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
        Map<String, Settlement> settled = new HashMap<>();
        if (columns.size() > 1) {
            for (String column : columns) {
                settled.putAll(
                        write(connection, List.of(entry.only(Set.of(column)))).get(0));
            }
        } else {
            settled.put(columns.iterator().next(), refusal(failure.getSQLState()));
        }
        return settled;
    }

    /** Without the server's message, which may quote the value. */
    private static Settlement refusal(String sqlState) {
        if (sqlState.equals("22001")) {
            return new Settlement.Refused(
                    DeadLetter.Reason.TOO_LONG, "the new value does not fit the column; make the column longer");
        }
        if (sqlState.equals(CompareAndSet.CONTEXT_CHANGED)) {
            return new Settlement.Refused(
                    DeadLetter.Reason.REJECTED,
                    "a trigger changes a column of the encryption context whenever the row is updated, so that the new"
                            + " value could not be decrypted; exempt the sink's role from it");
        }
        if (sqlState.startsWith("54")) {
            return new Settlement.Refused(
                    DeadLetter.Reason.TOO_LONG,
                    "the new value exceeds a limit of the database (SQLSTATE " + sqlState
                            + "); look for an index on the column");
        }
        return new Settlement.Refused(
                DeadLetter.Reason.REJECTED,
                "the database refused the new value with SQLSTATE " + sqlState
                        + "; look for a constraint or a trigger of the table");
    }
}
