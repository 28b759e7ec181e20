package io.keyferry.cli.check;

import io.keyferry.model.Encoding;
import io.keyferry.model.Migration;
import io.keyferry.model.TableName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;

/** Tells whether a column of limited length has room for values that grow. */
final class ColumnRoom {

    private static final String LIMIT = "SELECT character_maximum_length FROM information_schema.columns"
            + " WHERE table_schema = ? AND table_name = ? AND column_name = ?";
    /** Base64 grows by whole groups. */
    private static final int BASE64_GROUP = 4;

    private ColumnRoom() {}

    /**
     * What is wrong, and what to do.
     *
     * @param growth by how many characters a sampled value grew at the most
     */
    static Optional<String> problem(Connection connection, Migration.Table table, Migration.Column column, int growth)
            throws SQLException {
        if (growth <= 0 || column.encoding() == Encoding.RAW) {
            return Optional.empty();
        }
        int longer =
                column.encoding() == Encoding.HEX ? growth : (growth + BASE64_GROUP - 1) / BASE64_GROUP * BASE64_GROUP;
        Optional<Integer> limit = limit(connection, table.name(), column.name());
        if (limit.isEmpty() || !holdsLongerThan(connection, table.name(), column.name(), limit.get() - longer)) {
            return Optional.empty();
        }
        return Optional.of(table.name() + "." + column.name() + " holds at most " + limit.get()
                + " characters. Under the target key its values are up to " + longer
                + " longer, and some would not fit:"
                + " ALTER TABLE " + table.name().quoted() + " ALTER COLUMN " + TableName.quote(column.name())
                + " TYPE varchar(" + (limit.get() + longer) + ")");
    }

    private static Optional<Integer> limit(Connection connection, TableName table, String column) throws SQLException {
        try (PreparedStatement query = connection.prepareStatement(LIMIT)) {
            query.setString(1, table.schema());
            query.setString(2, table.table());
            query.setString(3, column);
            try (ResultSet row = query.executeQuery()) {
                return row.next() ? Optional.ofNullable(row.getObject(1, Integer.class)) : Optional.empty();
            }
        }
    }

    private static boolean holdsLongerThan(Connection connection, TableName table, String column, int length)
            throws SQLException {
        try (Statement query = connection.createStatement();
                ResultSet row = query.executeQuery("SELECT 1 FROM " + table.quoted() + " WHERE char_length("
                        + TableName.quote(column) + ") > " + length + " LIMIT 1")) {
            return row.next();
        }
    }
}
