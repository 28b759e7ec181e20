package io.keyferry.cli.status;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;

/**
 * The replication slot that the changes come from.
 *
 * @param active whether somebody reads it
 * @param retainedBytes WAL that the server keeps for it
 * @param behindBytes WAL that has not been confirmed
 * @param walStatus the server's word; {@code lost} where changes have been missed
 */
public record SlotStatus(String name, boolean active, long retainedBytes, long behindBytes, String walStatus) {

    private static final String LOOK = """
            SELECT active, wal_status,
                   coalesce(pg_wal_lsn_diff(here.lsn, restart_lsn), 0)::bigint AS retained,
                   coalesce(pg_wal_lsn_diff(here.lsn, confirmed_flush_lsn), 0)::bigint AS behind
            FROM pg_replication_slots,
                 (SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn()
                              ELSE pg_current_wal_lsn() END AS lsn) AS here
            WHERE slot_name = ?
            """;

    /** Empty where there is none. */
    static Optional<SlotStatus> read(Connection connection, String name) throws SQLException {
        try (PreparedStatement query = connection.prepareStatement(LOOK)) {
            query.setString(1, name);
            try (ResultSet row = query.executeQuery()) {
                return row.next()
                        ? Optional.of(new SlotStatus(
                                name,
                                row.getBoolean("active"),
                                Math.max(0, row.getLong("retained")),
                                Math.max(0, row.getLong("behind")),
                                row.getString("wal_status")))
                        : Optional.empty();
            }
        }
    }

    boolean isLost() {
        return "lost".equals(walStatus);
    }
}
