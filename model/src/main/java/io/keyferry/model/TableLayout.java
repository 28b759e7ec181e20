package io.keyferry.model;

import static java.util.stream.Collectors.toUnmodifiableMap;

import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * What the database's catalog says of a migrated table.
 *
 * @param rowKey the columns that identify a row, in the order of their index
 * @param byPrimaryKey whether the row key is the primary key, rather than a unique index of a table without one
 * @param columns the row key, the encrypted and the context columns
 */
public record TableLayout(TableName name, List<String> rowKey, boolean byPrimaryKey, Map<String, Column> columns) {

    public TableLayout {
        rowKey = List.copyOf(rowKey);
        columns = Map.copyOf(columns);
    }

    /** A layout of the given columns, whose row key is the primary key. */
    public static TableLayout of(TableName name, List<String> rowKey, List<Column> columns) {
        return of(name, rowKey, true, columns);
    }

    /** A layout of the given columns. */
    public static TableLayout of(TableName name, List<String> rowKey, boolean byPrimaryKey, List<Column> columns) {
        return new TableLayout(
                name,
                rowKey,
                byPrimaryKey,
                columns.stream().collect(toUnmodifiableMap(Column::name, Function.identity())));
    }

    /**
     * @param type the base type (domains resolved) as SQL, without length: casting to it never cuts a value short,
     *     where casting to {@code varchar(10)} would
     */
    public record Column(String name, String type) {

        public boolean isBytes() {
            return type.equals("bytea");
        }
    }

    /** The column, which must be one of this layout's. */
    public Column column(String column) {
        Column found = columns.get(column);
        if (found == null) {
            throw new IllegalArgumentException("column " + column + " is not in the layout of " + name);
        }
        return found;
    }
}
