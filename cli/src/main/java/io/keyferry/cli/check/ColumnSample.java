package io.keyferry.cli.check;

import static java.util.stream.Collectors.joining;

import io.keyferry.model.Migration;
import io.keyferry.model.TableName;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A few values of a column, with what their encryption context is made from. */
final class ColumnSample {

    private ColumnSample() {}

    /** @param columns context columns as PostgreSQL's text output, by name */
    record Row(String stored, Map<String, String> columns) {

        @Override
        public String toString() {
            return "Row[" + columns.keySet() + "]";
        }
    }

    static List<Row> read(Connection connection, Migration.Table table, Migration.Column column, int limit)
            throws SQLException {
        List<String> context = List.copyOf(column.context().columns());
        String name = TableName.quote(column.name());
        String sql = "SELECT " + name + "::text"
                // the text output, which a cast to text is not for every type
                + context.stream()
                        .map(TableName::quote)
                        .map(it -> ", CASE WHEN " + it + " IS NOT NULL THEN format('%s', " + it + ") END")
                        .collect(joining())
                + " FROM " + table.name().quoted() + " WHERE " + name + " IS NOT NULL AND length(" + name
                + ") > 0 LIMIT " + limit;
        List<Row> rows = new ArrayList<>();
        try (Statement statement = connection.createStatement()) {
            statement.execute("SET bytea_output = hex");
            statement.execute("SET datestyle = ISO");
            try (ResultSet found = statement.executeQuery(sql)) {
                while (found.next()) {
                    Map<String, String> columns = new HashMap<>();
                    for (int i = 0; i < context.size(); i++) {
                        columns.put(context.get(i), found.getString(i + 2));
                    }
                    rows.add(new Row(found.getString(1), columns));
                }
            }
        }
        return rows;
    }
}
