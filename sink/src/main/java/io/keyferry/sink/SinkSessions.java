package io.keyferry.sink;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/** The sessions of a migration's sinks, each of which holds a lock on its number. */
public final class SinkSessions {

    /** A lock's first number is shown as an unsigned one. */
    private static final String AT_WORK = """
            SELECT EXISTS (
                SELECT FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
                WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 2
                  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
                  AND l.classid::bigint = hashtext(?)::bigint & 4294967295
                  AND a.pid <> pg_backend_pid() AND a.state <> 'idle')
            """;

    static final String LOCK = "keyferry sink ";

    private SinkSessions() {}

    /**
     * Whether one has a statement or a transaction under way. The role sees that of its own sessions, and of those of roles
     * it is a member of.
     *
     * @param slot name of the migration's slot
     */
    public static boolean isAnyAtWork(Connection connection, String slot) throws SQLException {
        try (PreparedStatement query = connection.prepareStatement(AT_WORK)) {
            query.setString(1, LOCK + slot);
            try (ResultSet row = query.executeQuery()) {
                row.next();
                return row.getBoolean(1);
            }
        }
    }
}
