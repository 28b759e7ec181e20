package io.keyferry.sink;

import io.keyferry.model.Migration;
import io.keyferry.model.TableLayout;
import io.keyferry.model.TableName;
import java.util.Set;

/** Compares row keys so that an index finds the row, and only the very row: a key {@code a} is no row {@code A}. */
final class KeyMatch {

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
        String byIndex = stored + " = " + value;
        if (isText(column)) {
            // citext and nondeterministic collations take different bytes for the same
            return byIndex + " AND " + stored + "::text COLLATE \"C\" = " + value + "::text COLLATE \"C\"";
        }
        // in an encryption context, 1.5 is not 1.50
        return column.type().equals("numeric") && contextColumns.contains(name)
                ? byIndex + " AND " + stored + "::text = " + value + "::text"
                : byIndex;
    }

    static boolean isText(TableLayout.Column column) {
        return switch (column.type()) {
            case "text", "character varying", "bpchar" -> true;
            // an extension's, in whatever schema that was created
            default -> column.type().endsWith(".citext");
        };
    }
}
