package io.keyferry.sink;

import io.keyferry.database.Database;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The session that writes back. It holds one of the migration's numbers, by an advisory lock, as long as it is open; and
 * where it may, the replication origin of that number, so that its writes need not come back as changes.
 */
final class WriterConnection implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(WriterConnection.class);
    private static final int NUMBERS = 64;
    private static final String OBJECT_IN_USE = "55006";
    /**
     * A role's own limits would break off the same statement again and again. Not every version knows all of them.
     */
    static final String NO_TIME_LIMITS = "SELECT set_config(name, '0', false) FROM pg_catalog.pg_settings"
            + " WHERE name IN ('statement_timeout', 'idle_session_timeout', 'transaction_timeout')";

    /** Change events give times in UTC. */
    static final String AS_CHANGE_EVENTS = "SET TIME ZONE 'UTC'";
    /** What row-level security would hide is an error then, where it would look like a row that is gone. */
    static final String NO_HIDDEN_ROWS = "SET row_security = off";

    private static final String KEEPS_COMMIT_TIMES = "SELECT current_setting('track_commit_timestamp')::boolean";

    private static final String MAY_RESET =
            "SELECT has_function_privilege('pg_catalog.pg_replication_origin_xact_reset()', 'EXECUTE')";

    private static final Duration VERIFY_EVERY = Duration.ofSeconds(2);
    private static final int ANSWER_SECONDS = 10;

    private final Connection connection;
    private final int number;
    private final boolean commitTimes;
    private long verified = System.nanoTime();

    private WriterConnection(Connection connection, int number, boolean commitTimes) {
        this.connection = connection;
        this.number = number;
        this.commitTimes = commitTimes;
    }

    /** @param slot name of the migration's slot, the prefix of its origins */
    static WriterConnection open(Database database, String slot) throws SQLException {
        Connection connection = database.connect("sink");
        try {
            settle(connection);
            int number = takeNumber(connection, slot);
            boolean commitTimes = isTrue(connection, KEEPS_COMMIT_TIMES);
            boolean origin = setOrigin(connection, slot + "_" + number, slot, commitTimes);
            return new WriterConnection(connection, number, origin && commitTimes);
        } catch (SQLException | RuntimeException e) {
            connection.close();
            throw e;
        }
    }

    private static void settle(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            // What Kafka is told is done must survive a crash of the server.
            statement.execute("SET synchronous_commit = on");
            statement.execute("SET lock_timeout = '2s'");
            statement.execute("SET bytea_output = hex");
            statement.execute("SET datestyle = ISO");
            statement.execute(AS_CHANGE_EVENTS);
            statement.execute(NO_HIDDEN_ROWS);
            // One index look-up a row, in the order given: never a scan of a large table for a thousand rows.
            statement.execute("SET enable_hashjoin = off");
            statement.execute("SET enable_mergejoin = off");
            statement.execute("SET jit = off");
            statement.execute(NO_TIME_LIMITS);
        }
    }

    private static int takeNumber(Connection connection, String slot) throws SQLException {
        try (PreparedStatement lock = connection.prepareStatement("SELECT pg_try_advisory_lock(hashtext(?), ?)")) {
            for (int number = 1; number <= NUMBERS; number++) {
                lock.setString(1, SinkSessions.LOCK + slot);
                lock.setInt(2, number);
                try (ResultSet row = lock.executeQuery()) {
                    row.next();
                    if (row.getBoolean(1)) {
                        return number;
                    }
                }
            }
        }
        throw new SQLException("all " + NUMBERS + " sinks of this migration are taken", "53000");
    }

    /** Without an origin, echoes come back as changes and are recognised as done: more traffic, the same result. */
    private static boolean setOrigin(Connection connection, String origin, String slot, boolean commitTimes)
            throws SQLException {
        if (otherSubscribers(connection, slot)) {
            log.info(
                    "Another logical replication slot exists, whose reader may need our writes: no replication origin");
            return false;
        }
        if (commitTimes && !isTrue(connection, MAY_RESET)) {
            log.info("No replication origin for the sink, so its writes come back as changes: track_commit_timestamp is"
                    + " on, and the role may not execute pg_replication_origin_xact_reset()");
            return false;
        }
        try (PreparedStatement create = connection.prepareStatement(
                        "SELECT pg_replication_origin_create(?) WHERE pg_replication_origin_oid(?) IS NULL");
                PreparedStatement setup =
                        connection.prepareStatement("SELECT pg_replication_origin_session_setup(?)")) {
            create.setString(1, origin);
            create.setString(2, origin);
            create.executeQuery().close();
            setup.setString(1, origin);
            setup.executeQuery().close();
            return true;
        } catch (SQLException e) {
            if (OBJECT_IN_USE.equals(e.getSQLState())) {
                // of a session that is ending: its number is free a moment before its origin is
                throw new SQLException(e.getMessage(), "53000", e);
            }
            if (DatabaseTrouble.of(e) == DatabaseTrouble.CONNECTION && !"53400".equals(e.getSQLState())) {
                throw e;
            }
            log.info("No replication origin for the sink, so its writes come back as changes: {}", e.getMessage());
            return false;
        }
    }

    private static boolean isTrue(Connection connection, String query) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(query)) {
            row.next();
            return row.getBoolean(1);
        }
    }

    private static boolean otherSubscribers(Connection connection, String slot) throws SQLException {
        try (PreparedStatement query = connection.prepareStatement("SELECT 1 FROM pg_replication_slots"
                + " WHERE slot_type = 'logical' AND database = current_database() AND slot_name <> ?")) {
            query.setString(1, slot);
            try (ResultSet rows = query.executeQuery()) {
                return rows.next();
            }
        }
    }

    Connection connection() {
        return connection;
    }

    /**
     * Whether each write must ask for a commit time of its own: a session with an origin otherwise gives all its transactions
     * that of the first one, and {@code pg_xact_commit_timestamp} tells it.
     */
    boolean commitTimes() {
        return commitTimes;
    }

    /** This sink's number among those of the migration, from 1. */
    int number() {
        return number;
    }

    /**
     * Asks the server now and then whether it is there. With nothing to write, a server that is gone would go unnoticed, and
     * with it the lock on the number.
     */
    void verify() throws SQLException {
        long now = System.nanoTime();
        if (now - verified > VERIFY_EVERY.toNanos()) {
            verified = now;
            if (!connection.isValid(ANSWER_SECONDS)) {
                throw new SQLException("the server does not answer, or has ended the session", "08006");
            }
        }
    }

    @Override
    public void close() throws SQLException {
        connection.close();
    }
}
