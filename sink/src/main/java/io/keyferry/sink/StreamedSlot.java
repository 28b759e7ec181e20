package io.keyferry.sink;

import io.keyferry.model.Migration;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/** The replication slot that the changes come from: the snapshot stage's, or that of the user's own connector. */
record StreamedSlot(String name, boolean ofConnector) {

    private static final String LOOK =
            "SELECT active, confirmed_flush_lsn >= ?::text::pg_lsn AS passed FROM pg_replication_slots WHERE slot_name = ?";

    static StreamedSlot of(Migration migration) {
        return new StreamedSlot(migration.slot(), migration.changes().isPresent());
    }

    boolean exists(Connection connection) throws SQLException {
        return look(connection, "0/0") != State.MISSING;
    }

    /** Whether all that was committed before a position of the log has been handed on. */
    boolean hasPassed(Connection connection, String lsn) throws SQLException {
        return look(connection, lsn) == State.PASSED;
    }

    /** What a wait for that position waits for, and what may keep it. */
    String waitingFor(Connection connection, String lsn) throws SQLException {
        String what = "replication slot " + name + " to pass " + lsn;
        if (!ofConnector) {
            return what + ", which the snapshot stage sees to";
        }
        return what + ", which your connector sees to; "
                + switch (look(connection, lsn)) {
                    case MISSING -> "there is no such slot: is changes.slot the connector's slot.name?";
                    case INACTIVE -> "nobody reads the slot: does the connector run?";
                    case ACTIVE, PASSED ->
                        "it confirms the slot every offset.flush.interval.ms of Kafka Connect, and on a database with"
                                + " few changes only with heartbeat.interval.ms and heartbeat.action.query";
                };
    }

    private enum State {
        MISSING,
        INACTIVE,
        ACTIVE,
        PASSED
    }

    private State look(Connection connection, String lsn) throws SQLException {
        try (PreparedStatement query = connection.prepareStatement(LOOK)) {
            query.setString(1, lsn);
            query.setString(2, name);
            try (ResultSet row = query.executeQuery()) {
                if (!row.next()) {
                    return State.MISSING;
                }
                if (row.getBoolean("passed")) {
                    return State.PASSED;
                }
                return row.getBoolean("active") ? State.ACTIVE : State.INACTIVE;
            }
        }
    }
}
