package io.keyferry.sink;

import static java.util.stream.Collectors.joining;

import io.keyferry.model.Migration;
import io.keyferry.model.Rewrite;
import io.keyferry.model.TableLayout;
import io.keyferry.model.TableName;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * The one statement that writes to a table: it sets a column to the new value where the column, and the columns its
 * encryption context was made from, still hold what the rewrite was computed from. All columns of a row in one row
 * version.
 *
 * <p>A list given to it holds a row once: of two matching join rows UPDATE … FROM applies one.
 */
final class CompareAndSet {

    private final TableLayout layout;
    private final List<Migration.Column> columns;
    private final List<String> contextColumns;
    private final String sql;

    CompareAndSet(Migration.Table table, TableLayout layout) {
        this.layout = layout;
        columns = table.columns();
        // the row key is joined on already
        contextColumns = table.contextColumns().stream()
                .filter(column -> !layout.rowKey().contains(column))
                .toList();
        sql = sql();
    }

    private String sql() {
        List<String> parameters = new ArrayList<>(List.of("?::int[]"));
        List<String> names = new ArrayList<>(List.of("n"));
        List<String> casts = new ArrayList<>(List.of("u.n"));
        for (int i = 0; i < layout.rowKey().size(); i++) {
            add(parameters, names, casts, "k" + i, layout.column(layout.rowKey().get(i)));
        }
        for (int i = 0; i < contextColumns.size(); i++) {
            add(parameters, names, casts, "x" + i, layout.column(contextColumns.get(i)));
        }
        for (int i = 0; i < columns.size(); i++) {
            TableLayout.Column column = layout.column(columns.get(i).name());
            add(parameters, names, casts, "o" + i, column);
            add(parameters, names, casts, "w" + i, column);
        }
        return "UPDATE " + layout.name().quoted() + " AS t SET "
                + each(
                        i -> column(i) + " = CASE WHEN " + holds(i) + " THEN v.w" + i + " ELSE t." + column(i) + " END",
                        ", ")
                + " FROM (SELECT " + String.join(", ", casts) + " FROM unnest(" + String.join(", ", parameters)
                + ") AS u(" + String.join(", ", names) + ")) AS v WHERE " + joinedOnKey() + " AND ("
                + each(i -> "(" + holds(i) + ")", " OR ") + ") RETURNING v.n, "
                // compared as stored: a trigger may have put something else there
                + each(i -> "COALESCE(" + bytes("t." + column(i), i) + " = v.w" + i + ", false)", ", ");
    }

    private static void add(
            List<String> parameters, List<String> names, List<String> casts, String name, TableLayout.Column column) {
        parameters.add("?::text[]");
        names.add(name);
        // text is compared as text, byte by byte; the server casts everything else to the column's own type
        casts.add(isText(column) ? "u." + name : "u." + name + "::" + column.type() + " AS " + name);
    }

    private String each(Function<Integer, String> part, String separator) {
        return Stream.iterate(0, i -> i + 1).limit(columns.size()).map(part).collect(joining(separator));
    }

    private String column(int i) {
        return TableName.quote(columns.get(i).name());
    }

    private String joinedOnKey() {
        return Stream.iterate(0, i -> i + 1)
                .limit(layout.rowKey().size())
                .map(i -> {
                    TableLayout.Column key = layout.column(layout.rowKey().get(i));
                    return "t." + TableName.quote(key.name()) + " = v.k" + i + (isText(key) ? "::" + key.type() : "");
                })
                .collect(joining(" AND "));
    }

    private String holds(int i) {
        String same = bytes("t." + column(i), i) + " = v.o" + i;
        return Stream.concat(
                        Stream.of(same),
                        columns.get(i).context().columns().stream()
                                .filter(contextColumns::contains)
                                .sorted()
                                .map(context -> {
                                    TableLayout.Column column = layout.column(context);
                                    String name = "t." + TableName.quote(context);
                                    return (isText(column) ? name + "::text COLLATE \"C\"" : name) + " = v.x"
                                            + contextColumns.indexOf(context);
                                }))
                .collect(joining(" AND "));
    }

    private String bytes(String expression, int i) {
        return layout.column(columns.get(i).name()).isBytes() ? expression : expression + "::text COLLATE \"C\"";
    }

    private static boolean isText(TableLayout.Column column) {
        return switch (column.type()) {
            case "text", "character varying", "bpchar" -> true;
            default -> column.type().endsWith("citext");
        };
    }

    /**
     * Runs the statement.
     *
     * @param rewrites of this table, each of another row
     * @return by position in the list, the columns that now hold the rewrite's new value
     */
    List<Set<String>> execute(Connection connection, List<Rewrite> rewrites) throws SQLException {
        List<Set<String>> written = new ArrayList<>();
        rewrites.forEach(rewrite -> written.add(new HashSet<>()));
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            bind(connection, statement, rewrites);
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    Set<String> done = written.get(rows.getInt(1));
                    for (int i = 0; i < columns.size(); i++) {
                        if (rows.getBoolean(i + 2)) {
                            done.add(columns.get(i).name());
                        }
                    }
                }
            }
        }
        return written;
    }

    private void bind(Connection connection, PreparedStatement statement, List<Rewrite> rewrites) throws SQLException {
        int parameter = 1;
        Integer[] numbers = Stream.iterate(0, i -> i + 1).limit(rewrites.size()).toArray(Integer[]::new);
        Array array = connection.createArrayOf("int4", numbers);
        statement.setArray(parameter++, array);
        for (String key : layout.rowKey()) {
            text(
                    connection,
                    statement,
                    parameter++,
                    rewrites,
                    rewrite -> rewrite.key().get(key));
        }
        for (String context : contextColumns) {
            text(
                    connection,
                    statement,
                    parameter++,
                    rewrites,
                    rewrite -> rewrite.context().get(context));
        }
        for (Migration.Column column : columns) {
            text(connection, statement, parameter++, rewrites, rewrite -> value(rewrite, column, true));
            text(connection, statement, parameter++, rewrites, rewrite -> value(rewrite, column, false));
        }
    }

    private static String value(Rewrite rewrite, Migration.Column column, boolean old) {
        Rewrite.Column values = rewrite.columns().get(column.name());
        if (values == null) {
            return null;
        }
        return old ? values.oldValue() : values.newValue();
    }

    private static void text(
            Connection connection,
            PreparedStatement statement,
            int parameter,
            List<Rewrite> rewrites,
            Function<Rewrite, String> value)
            throws SQLException {
        statement.setArray(
                parameter,
                connection.createArrayOf("text", rewrites.stream().map(value).toArray(String[]::new)));
    }
}
