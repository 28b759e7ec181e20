package io.keyferry.sink;

import static java.util.stream.Collectors.joining;

import io.keyferry.model.Migration;
import io.keyferry.model.TableLayout;
import io.keyferry.model.TableName;
import java.util.List;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/** Compares row keys so that an index finds the row, and only the very row: a key {@code a} is no row {@code A}. */
final class KeyMatch {

    private static final String CITEXT = ".citext";

    private final TableLayout layout;
    private final Set<String> contextColumns;

    KeyMatch(Migration.Table table, TableLayout layout) {
        this.layout = layout;
        contextColumns = table.contextColumns();
    }

    /**
     * That a key column of {@code t} is the value.
     *
     * @param value as SQL, of the column's type
     */
    String sql(String name, String value) {
        TableLayout.Column column = layout.column(name);
        String stored = "t." + TableName.quote(name);
        String byIndex = compared(name, "=", value);
        if (isText(column)) {
            // citext and nondeterministic collations take different bytes for the same
            return byIndex + " AND " + stored + "::text COLLATE \"C\" = " + value + "::text COLLATE \"C\"";
        }
        // in an encryption context, 1.5 is not 1.50
        return column.type().equals("numeric") && contextColumns.contains(name)
                ? byIndex + " AND " + stored + "::text = " + value + "::text"
                : byIndex;
    }

    /**
     * That the row key of {@code t} comes after the values, in the order of its index.
     *
     * @param value a key column's value as SQL, asked for in the order in which it stands in the result
     */
    String after(IntFunction<String> value) {
        List<String> names = layout.rowKey();
        if (names.stream().noneMatch(name -> isCitext(layout.column(name)))) {
            return "("
                    + names.stream().map(name -> "t." + TableName.quote(name)).collect(joining(", ")) + ") > ("
                    + IntStream.range(0, names.size()).mapToObj(value).collect(joining(", ")) + ")";
        }
        // the first bound is what the index can begin at
        return compared(names.get(0), ">=", value.apply(0)) + " AND (" + later(0, value) + ")";
    }

    private String later(int i, IntFunction<String> value) {
        String name = layout.rowKey().get(i);
        String greater = compared(name, ">", value.apply(i));
        return i == layout.rowKey().size() - 1
                ? greater
                : greater + " OR " + compared(name, "=", value.apply(i)) + " AND (" + later(i + 1, value) + ")";
    }

    /** Where citext's own operators are not in the search path, PostgreSQL would compare as text, past the index. */
    private String compared(String name, String operator, String value) {
        TableLayout.Column column = layout.column(name);
        String qualified = isCitext(column)
                ? "OPERATOR(" + column.type().substring(0, column.type().length() - CITEXT.length()) + "." + operator
                        + ")"
                : operator;
        return "t." + TableName.quote(name) + " " + qualified + " " + value;
    }

    /** An extension's, in whatever schema that was created. */
    private static boolean isCitext(TableLayout.Column column) {
        return column.type().endsWith(CITEXT);
    }

    static boolean isText(TableLayout.Column column) {
        return switch (column.type()) {
            case "text", "character varying", "bpchar" -> true;
            default -> isCitext(column);
        };
    }
}
