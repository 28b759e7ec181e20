package io.keyferry.cli.init;

import io.keyferry.database.Catalog;
import io.keyferry.database.SchemaException;
import io.keyferry.model.Migration;
import io.keyferry.model.TableName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * How a run would tell the rows of a table apart, judged by the same check that a run makes.
 *
 * @param index unique index to name in the file; null where the primary key does, or there is none
 * @param problem why a run would refuse the table; null where it would not
 */
record RowKey(String index, String problem) {

    private static final String UNIQUE = """
            SELECT i.relname FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
            WHERE x.indrelid = ?::regclass AND x.indisunique AND NOT x.indisprimary ORDER BY 1""";

    static RowKey of(Connection connection, TableName table, List<Migration.Column> columns) throws SQLException {
        Optional<String> problem = refusal(connection, new Migration.Table(table, Optional.empty(), columns));
        if (problem.isEmpty()) {
            return new RowKey(null, null);
        }
        RowKey refused = new RowKey(null, problem.get());
        for (String index : uniqueIndexes(connection, table)) {
            Optional<String> withIndex = refusal(connection, new Migration.Table(table, Optional.of(index), columns));
            if (withIndex.isEmpty()) {
                return new RowKey(index, null);
            }
            if (refused.index() == null) {
                refused = new RowKey(index, withIndex.get());
            }
        }
        return refused;
    }

    private static Optional<String> refusal(Connection connection, Migration.Table table) throws SQLException {
        try {
            Catalog.layouts(connection, List.of(table));
            return Optional.empty();
        } catch (SchemaException e) {
            return Optional.of(e.getMessage());
        }
    }

    private static List<String> uniqueIndexes(Connection connection, TableName table) throws SQLException {
        List<String> names = new ArrayList<>();
        try (PreparedStatement query = connection.prepareStatement(UNIQUE)) {
            query.setString(1, table.quoted());
            try (ResultSet rows = query.executeQuery()) {
                while (rows.next()) {
                    names.add(rows.getString(1));
                }
            }
        }
        return names;
    }
}
