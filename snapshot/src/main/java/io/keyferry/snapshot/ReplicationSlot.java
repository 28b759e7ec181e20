package io.keyferry.snapshot;

import io.keyferry.model.KeyFerryException;
import io.keyferry.model.TableName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;

/**
 * A logical replication slot as the server sees it.
 *
 * @param lost why the server has discarded what the slot still needed; empty where it has not
 * @param confirmed how far into the WAL the server believes its changes to have been taken; earlier ones are gone
 */
record ReplicationSlot(String name, boolean active, Optional<String> lost, long confirmed) {

    private static final String READ = """
            SELECT plugin, database, database = current_database() AS here, active,
                   CASE WHEN wal_status = 'lost'
                        -- the reason through jsonb, because it came with PostgreSQL 17
                        THEN coalesce(to_jsonb(s) ->> 'invalidation_reason', 'see max_slot_wal_keep_size') END AS lost,
                   (coalesce(confirmed_flush_lsn, restart_lsn, '0/0') - '0/0'::pg_lsn)::bigint AS confirmed
            FROM pg_replication_slots s WHERE slot_name = ?""";

    /** The slot of this name; {@link KeyFerryException} where it is somebody else's. */
    static Optional<ReplicationSlot> find(Connection connection, String name) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(READ)) {
            statement.setString(1, name);
            try (ResultSet row = statement.executeQuery()) {
                if (!row.next()) {
                    return Optional.empty();
                }
                if (!row.getBoolean("here") || !"pgoutput".equals(row.getString("plugin"))) {
                    throw new KeyFerryException("replication slot " + name + " exists for database "
                            + row.getString("database") + " and plugin " + row.getString("plugin")
                            + ": give the migration another name, or drop the slot if nothing uses it");
                }
                return Optional.of(new ReplicationSlot(
                        name,
                        row.getBoolean("active"),
                        Optional.ofNullable(row.getString("lost")),
                        row.getLong("confirmed")));
            }
        }
    }

    /** Ends the wait of a slot that is being made, so that whoever makes it can be stopped. */
    static void cancelCreation(Connection connection, String name) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement("SELECT pg_cancel_backend(pid) FROM pg_stat_activity"
                        + " WHERE usename = current_user AND query LIKE 'CREATE_REPLICATION_SLOT%' || ? || '%'"
                        + " AND state = 'active'")) {
            statement.setString(1, TableName.quote(name));
            statement.execute();
        }
    }

    /** Drops the slot; fails with an SQLException for as long as something reads from it. */
    void drop(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("SELECT pg_drop_replication_slot(?)")) {
            statement.setString(1, name);
            statement.execute();
        }
    }
}
