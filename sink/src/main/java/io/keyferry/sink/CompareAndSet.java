package io.keyferry.sink;

import static java.util.stream.Collectors.joining;

import io.keyferry.model.Migration;
import io.keyferry.model.Rewrite;
import io.keyferry.model.TableLayout;
import io.keyferry.model.TableName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * The one statement that writes to a table: it sets a column to the new value where the column, and the columns its
 * encryption context was made from, still hold what the rewrite was computed from. All columns of a row in one row
 * version. Beside it, two that look: both compare exactly as the writing one does.
 *
 * <p>A list given to it holds a row once: of two matching join rows UPDATE … FROM applies one.
 */
final class CompareAndSet {

    /** SQLSTATE of the guard's failure. */
    static final String CONTEXT_CHANGED = "22011";

    /**
     * Evaluated once a statement, when it is about to write its first row: the commit then takes the time of day, and not
     * what the session's origin has from an earlier transaction.
     */
    private static final String NEW_COMMIT_TIME =
            "(SELECT pg_catalog.pg_replication_origin_xact_reset()::text IS NOT NULL) AND ";

    private final RewriteRelation relation;
    private final List<String> columns;
    private final String write;
    private final String look;
    private final String free;

    /** What a row's column was found to hold. */
    enum Found {
        NEW,
        /** The old value, and the encryption context that goes with it. */
        OLD,
        OTHER,
        /** What the rewrite says is no value of the column's type, so that it cannot be compared. */
        NO_VALUE
    }

    /** @param commitTimes whether each write asks for a commit time of its own */
    CompareAndSet(Migration.Table table, TableLayout layout, boolean commitTimes) {
        relation = new RewriteRelation(table, layout);
        columns = table.columns().stream().map(Migration.Column::name).toList();
        String name = layout.name().quoted();
        String joined = " FROM " + relation.sql() + " JOIN " + name + " AS t ON " + relation.sameRow();
        write = "UPDATE " + name + " AS t SET " + each(this::assignment, ", ") + " FROM " + relation.sql() + " WHERE "
                + (commitTimes ? NEW_COMMIT_TIME : "") + relation.sameRow() + " AND ("
                + each(i -> "(" + relation.holdsOld(i) + ")", " OR ")
                // as it was stored: a trigger may have put something else there
                + ") RETURNING v.n, " + each(i -> "COALESCE(" + relation.holdsNew(i) + ", false)", ", ")
                + each(
                        i -> relation.sameContext(i)
                                .map(context -> guard(i, context))
                                .orElse(""),
                        "");
        look = "SELECT v.n, "
                + each(
                        i -> "CASE WHEN " + relation.holdsNew(i) + " THEN 'NEW' WHEN " + relation.holdsOld(i)
                                + " THEN 'OLD' ELSE 'OTHER' END",
                        ", ")
                + joined;
        free = "SELECT v.n" + joined + " FOR NO KEY UPDATE OF t SKIP LOCKED";
    }

    private String assignment(int i) {
        String column = TableName.quote(columns.get(i));
        return column + " = CASE WHEN " + relation.holdsOld(i) + " THEN v.w" + i + " ELSE t." + column + " END";
    }

    /** Fails, and so undoes the write, where a trigger has changed what the encryption context was made from meanwhile. */
    private String guard(int i, String sameContext) {
        return ", CASE WHEN " + relation.holdsNew(i) + " AND NOT (" + sameContext
                + ") THEN substr('', 1, -1 - v.n) END";
    }

    private String each(IntFunction<String> part, String separator) {
        return IntStream.range(0, columns.size()).mapToObj(part).collect(joining(separator));
    }

    /**
     * Writes.
     *
     * @param rewrites of this table, each of another row
     * @return by position in the list, the columns that now hold the rewrite's new value
     */
    List<Set<String>> write(Connection connection, List<Rewrite> rewrites) throws SQLException {
        List<Set<String>> written = new ArrayList<>();
        rewrites.forEach(rewrite -> written.add(new HashSet<>()));
        query(connection, write, rewrites, row -> {
            for (int i = 0; i < columns.size(); i++) {
                if (row.getBoolean(i + 2)) {
                    written.get(row.getInt(1)).add(columns.get(i));
                }
            }
        });
        return written;
    }

    /**
     * Looks at the rows as they are now.
     *
     * @return by position in the list, what every encrypted column holds; {@code OTHER} where there is no such row
     */
    List<Map<String, Found>> look(Connection connection, List<Rewrite> rewrites) throws SQLException {
        List<Map<String, Found>> found = new ArrayList<>();
        for (int i = 0; i < rewrites.size(); i++) {
            Map<String, Found> gone = new HashMap<>();
            columns.forEach(column -> gone.put(column, Found.OTHER));
            found.add(gone);
        }
        query(connection, look, rewrites, row -> {
            for (int i = 0; i < columns.size(); i++) {
                found.get(row.getInt(1)).put(columns.get(i), Found.valueOf(row.getString(i + 2)));
            }
        });
        return found;
    }

    /** Which of the rewrites, by position, are of rows that exist and that nobody else is writing to. */
    Set<Integer> free(Connection connection, List<Rewrite> rewrites) throws SQLException {
        Set<Integer> numbers = new HashSet<>();
        query(connection, free, rewrites, row -> numbers.add(row.getInt(1)));
        return numbers;
    }

    private interface EachRow {
        void accept(ResultSet row) throws SQLException;
    }

    private void query(Connection connection, String sql, List<Rewrite> rewrites, EachRow then) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            relation.bind(connection, statement, rewrites);
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    then.accept(rows);
                }
            }
        }
    }
}
