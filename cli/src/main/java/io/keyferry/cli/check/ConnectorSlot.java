package io.keyferry.cli.check;

import io.keyferry.cli.terminal.UsageException;
import io.keyferry.model.Changes;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/** Looks at the replication slot of the user's own connector before a run that depends on it. */
public final class ConnectorSlot {

    private ConnectorSlot() {}

    /**
     * What there is to tell of it, in words.
     *
     * @throws UsageException where there is none, or one of no use
     */
    public static String check(Connection connection, Changes changes) throws SQLException {
        try (PreparedStatement query = connection.prepareStatement(
                "SELECT active, database = current_database() AS here, wal_status = 'lost' AS lost"
                        + " FROM pg_replication_slots WHERE slot_name = ?")) {
            query.setString(1, changes.slot());
            try (ResultSet row = query.executeQuery()) {
                if (!row.next()) {
                    throw new UsageException("changes.slot: there is no replication slot " + changes.slot()
                            + slots(connection) + ". Name the connector's slot.name, and start the connector first");
                }
                if (!row.getBoolean("here")) {
                    throw new UsageException(
                            "changes.slot: replication slot " + changes.slot() + " is of another database");
                }
                if (row.getBoolean("lost")) {
                    throw new UsageException("changes.slot: the server has invalidated replication slot "
                            + changes.slot() + ". Drop it, and start the connector again");
                }
                return "your connector's " + changes.topicPrefix() + ", slot " + changes.slot()
                        + (row.getBoolean("active") ? "" : ", which nobody reads now: does the connector run?");
            }
        }
    }

    private static String slots(Connection connection) throws SQLException {
        List<String> names = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT slot_name FROM pg_replication_slots"
                        + " WHERE slot_type = 'logical' AND database = current_database() ORDER BY 1 LIMIT 20")) {
            while (rows.next()) {
                names.add(rows.getString(1));
            }
        }
        return names.isEmpty() ? " (this database has none)" : " (this database has " + String.join(", ", names) + ")";
    }
}
