package io.keyferry.sink;

import static java.util.stream.Collectors.joining;

import io.keyferry.model.Migration;
import io.keyferry.model.Rewrite;
import io.keyferry.model.TableLayout;
import io.keyferry.model.TableName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * Rewrites of one table as a relation {@code v} that SQL joins to the table {@code t}: one row a rewrite, its number in
 * {@code v.n}, every value bound as text and cast by the server to the column's own type.
 */
final class RewriteRelation {

    private final TableLayout layout;
    private final KeyMatch keyMatch;
    private final List<Migration.Column> columns;
    private final List<String> contextColumns;
    private final List<String> parameters = new ArrayList<>(List.of("?::int[]"));
    private final List<String> names = new ArrayList<>(List.of("n"));
    private final List<String> casts = new ArrayList<>(List.of("u.n"));

    RewriteRelation(Migration.Table table, TableLayout layout) {
        this.layout = layout;
        keyMatch = new KeyMatch(table, layout);
        columns = table.columns();
        // the row key is joined on already
        contextColumns = table.contextColumns().stream()
                .filter(column -> !layout.rowKey().contains(column))
                .toList();
        // a key is looked up in its index, and so compared as its own type
        numbered(layout.rowKey(), (i, column) -> add("k" + i, "::" + column.type()));
        numbered(contextColumns, (i, column) -> add("x" + i, KeyMatch.isText(column) ? "" : "::" + column.type()));
        List<String> encrypted = columns.stream().map(Migration.Column::name).toList();
        numbered(encrypted, (i, column) -> add("o" + i, KeyMatch.isText(column) ? "" : "::" + column.type()));
        numbered(encrypted, (i, column) -> add("w" + i, KeyMatch.isText(column) ? "" : "::" + column.type()));
    }

    private interface Numbered {
        void accept(int number, TableLayout.Column column);
    }

    private void numbered(List<String> columnNames, Numbered then) {
        for (int i = 0; i < columnNames.size(); i++) {
            then.accept(i, layout.column(columnNames.get(i)));
        }
    }

    private void add(String name, String cast) {
        parameters.add("?::text[]");
        names.add(name);
        casts.add("u." + name + cast + (cast.isEmpty() ? "" : " AS " + name));
    }

    /** The relation as SQL, with its alias. */
    String sql() {
        return "(SELECT " + String.join(", ", casts) + " FROM unnest(" + String.join(", ", parameters) + ") AS u("
                + String.join(", ", names) + ")) AS v";
    }

    /** That {@code t} is the row that {@code v} is about. */
    String sameRow() {
        return IntStream.range(0, layout.rowKey().size())
                .mapToObj(i -> keyMatch.sql(layout.rowKey().get(i), "v.k" + i))
                .collect(joining(" AND "));
    }

    /** That what the encryption context was made from is as it was; empty where that is in the row key alone. */
    Optional<String> sameContext(int i) {
        return columns.get(i).context().columns().stream()
                .filter(contextColumns::contains)
                .sorted()
                .map(context -> same(context, "v.x" + contextColumns.indexOf(context)))
                .reduce((one, other) -> one + " AND " + other);
    }

    /** That an encrypted column, and what its encryption context was made from, are as the rewrite was computed from. */
    String holdsOld(int i) {
        return same(columns.get(i).name(), "v.o" + i)
                + sameContext(i).map(context -> " AND " + context).orElse("");
    }

    /** That an encrypted column is as the rewrite leaves it. */
    String holdsNew(int i) {
        return same(columns.get(i).name(), "v.w" + i);
    }

    /**
     * Text byte by byte, whatever collation the column has; numeric digit by digit, because 1.5 and 1.50 make different
     * encryption contexts; everything else by its type.
     */
    private String same(String columnName, String value) {
        TableLayout.Column column = layout.column(columnName);
        String stored = "t." + TableName.quote(columnName);
        if (column.type().equals("bpchar")) {
            // its padding is the column's, not the value's: a cast to text leaves it out
            return stored + "::text COLLATE \"C\" = rtrim(" + value + ", ' ')";
        }
        if (column.type().equals("numeric")) {
            return stored + "::text = " + value + "::text";
        }
        return (KeyMatch.isText(column) ? stored + "::text COLLATE \"C\"" : stored) + " = " + value;
    }

    /** Binds the rewrites to the relation's parameters, which are the statement's first. */
    void bind(Connection connection, PreparedStatement statement, List<Rewrite> rewrites) throws SQLException {
        Object[] numbers = IntStream.range(0, rewrites.size()).boxed().toArray();
        statement.setArray(1, connection.createArrayOf("int4", numbers));
        List<Function<Rewrite, String>> values = new ArrayList<>();
        layout.rowKey().forEach(key -> values.add(rewrite -> rewrite.key().get(key)));
        contextColumns.forEach(
                context -> values.add(rewrite -> rewrite.context().get(context)));
        columns.forEach(column -> values.add(value(column, Rewrite.Column::oldValue)));
        columns.forEach(column -> values.add(value(column, Rewrite.Column::newValue)));
        for (int i = 0; i < values.size(); i++) {
            Object[] texts = rewrites.stream().map(values.get(i)).toArray(String[]::new);
            statement.setArray(i + 2, connection.createArrayOf("text", texts));
        }
    }

    private static Function<Rewrite, String> value(Migration.Column column, Function<Rewrite.Column, String> part) {
        return rewrite -> {
            Rewrite.Column values = rewrite.columns().get(column.name());
            return values == null ? null : part.apply(values);
        };
    }
}
