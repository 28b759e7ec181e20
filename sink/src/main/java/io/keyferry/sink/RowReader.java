package io.keyferry.sink;

import static java.util.stream.Collectors.joining;

import io.keyferry.model.Migration;
import io.keyferry.model.TableLayout;
import io.keyferry.model.TableName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/** Reads rows of a table as text that PostgreSQL casts back: by their keys, or in the order of the row key. */
public final class RowReader {

    private final TableLayout layout;
    private final KeyMatch keyMatch;
    private final Set<String> encrypted = new HashSet<>();
    private final List<String> columns;
    private final String selected;

    /** Reads the encrypted and the context columns of the table. */
    public RowReader(Migration.Table table, TableLayout layout) {
        this.layout = layout;
        keyMatch = new KeyMatch(table, layout);
        Set<String> names = new LinkedHashSet<>(layout.rowKey());
        table.columns().forEach(column -> encrypted.add(column.name()));
        names.addAll(encrypted);
        names.addAll(table.contextColumns());
        columns = List.copyOf(names);
        selected = columns.stream().map(this::text).collect(joining(", "));
    }

    /**
     * The type's output, as change events give it: a cast to text drops padding, and writes booleans out. Of ciphertext the
     * padding is no part.
     */
    private String text(String column) {
        String name = "t." + TableName.quote(column);
        if (encrypted.contains(column)) {
            return name + "::text";
        }
        return switch (layout.column(column).type()) {
            case "bpchar", "boolean" -> "CASE WHEN " + name + " IS NOT NULL THEN format('%s', " + name + ") END";
            default -> name + "::text";
        };
    }

    /** A row: its columns as text by name, null for NULL; toString names no value. */
    public record Row(Map<String, String> columns) {

        @Override
        public String toString() {
            return "Row" + columns.keySet();
        }
    }

    /** A session in which values are read as change events give them. */
    public static void settle(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("SET bytea_output = hex");
            statement.execute("SET datestyle = ISO");
            statement.execute(WriterConnection.AS_CHANGE_EVENTS);
            statement.execute(WriterConnection.NO_HIDDEN_ROWS);
            statement.execute(WriterConnection.NO_TIME_LIMITS);
        }
    }

    /** A row's key columns in their order. */
    public static Map<String, String> key(TableLayout layout, Row row) {
        Map<String, String> key = new LinkedHashMap<>();
        layout.rowKey().forEach(column -> key.put(column, row.columns().get(column)));
        return key;
    }

    /** The rows of these keys as they are now, in the order of the keys; empty where there is no such row. */
    public List<Optional<Row>> read(Connection connection, List<Map<String, String>> keys) throws SQLException {
        List<Optional<Row>> found =
                new ArrayList<>(keys.stream().map(key -> Optional.<Row>empty()).toList());
        int width = layout.rowKey().size();
        String sql = "SELECT u.n, " + selected + " FROM unnest(?::int[]"
                + ", ?::text[]".repeat(width) + ") AS u(n"
                + IntStream.range(0, width).mapToObj(i -> ", k" + i).collect(joining()) + ") JOIN "
                + layout.name().quoted() + " AS t ON "
                + IntStream.range(0, width)
                        .mapToObj(i -> keyMatch.sql(layout.rowKey().get(i), "(u.k" + i + "::" + keyType(i) + ")"))
                        .collect(joining(" AND "));
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setArray(
                    1,
                    connection.createArrayOf(
                            "int4", IntStream.range(0, keys.size()).boxed().toArray()));
            for (int i = 0; i < width; i++) {
                String column = layout.rowKey().get(i);
                statement.setArray(
                        i + 2,
                        connection.createArrayOf(
                                "text",
                                keys.stream().map(key -> key.get(column)).toArray(String[]::new)));
            }
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    found.set(rows.getInt(1), Optional.of(row(rows, 2)));
                }
            }
        }
        return found;
    }

    /**
     * The next rows in the order of the row key.
     *
     * @param after the row key to go on after, or null to begin
     */
    public List<Row> next(Connection connection, Map<String, String> after, int limit) throws SQLException {
        try (PreparedStatement statement = inOrder(connection, after, "SELECT " + selected, " LIMIT " + limit)) {
            List<Row> found = new ArrayList<>();
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    found.add(row(rows, 1));
                }
            }
            return found;
        }
    }

    /**
     * The key of a row further on in the order of the row key, without reading what the rows hold.
     *
     * @param after the row key to go on after, or null to begin
     * @param skipped how many rows to pass over
     * @return empty where there are no more rows than those
     */
    public Optional<Map<String, String>> keyAfter(Connection connection, Map<String, String> after, long skipped)
            throws SQLException {
        // the text is made of the one key only, not of all that are passed over
        String texts = layout.rowKey().stream().map(this::text).collect(joining(", "));
        try (PreparedStatement statement = inOrder(
                        connection,
                        after,
                        "SELECT " + texts + " FROM (SELECT " + keyColumns(),
                        " OFFSET " + skipped + " LIMIT 1) AS t");
                ResultSet row = statement.executeQuery()) {
            if (!row.next()) {
                return Optional.empty();
            }
            Map<String, String> key = new LinkedHashMap<>();
            for (int i = 0; i < layout.rowKey().size(); i++) {
                key.put(layout.rowKey().get(i), row.getString(i + 1));
            }
            return Optional.of(key);
        }
    }

    private PreparedStatement inOrder(Connection connection, Map<String, String> after, String select, String part)
            throws SQLException {
        List<Integer> bound = new ArrayList<>();
        String from = after == null
                ? ""
                : " WHERE "
                        + keyMatch.after(i -> {
                            bound.add(i);
                            return "?::text::" + keyType(i);
                        });
        PreparedStatement statement = connection.prepareStatement(
                select + " FROM " + layout.name().quoted() + " AS t" + from + " ORDER BY " + keyColumns() + part);
        for (int i = 0; i < bound.size(); i++) {
            statement.setString(i + 1, after.get(layout.rowKey().get(bound.get(i))));
        }
        return statement;
    }

    private String keyColumns() {
        return layout.rowKey().stream()
                .map(column -> "t." + TableName.quote(column))
                .collect(joining(", "));
    }

    private String keyType(int i) {
        return layout.column(layout.rowKey().get(i)).type();
    }

    private Row row(ResultSet rows, int first) throws SQLException {
        Map<String, String> row = new HashMap<>();
        for (int i = 0; i < columns.size(); i++) {
            row.put(columns.get(i), rows.getString(first + i));
        }
        return new Row(row);
    }
}
