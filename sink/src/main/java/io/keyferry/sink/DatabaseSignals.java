package io.keyferry.sink;

import io.keyferry.model.Migration;
import io.keyferry.model.pace.Cause;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads how much the database suffers, as far as there are limits. What the role may not see is told of once and left out.
 * Used by one thread.
 */
final class DatabaseSignals {

    private static final Logger log = LoggerFactory.getLogger(DatabaseSignals.class);

    /** A server in trouble has other things to do than to tell of it. */
    private static final String SETTLE = "SET statement_timeout = '2s'; SET lock_timeout = '500ms'";

    private static final String CANCELLED = "57014";

    /**
     * A walsender of a logical slot, such as our own, is no standby: its lag is that of what reads changes. A role that may
     * not see more gets the rows of others with nothing in them but their number.
     */
    private static final String REPLICA_LAG = "SELECT extract(epoch FROM max(r.replay_lag)) * 1000,"
            + " count(*) FILTER (WHERE r.state IS NULL)"
            + " FROM pg_catalog.pg_stat_replication r WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_replication_slots s"
            + " WHERE s.active_pid = r.pid AND s.slot_type = 'logical')";

    private static final String IS_AURORA = "SELECT EXISTS (SELECT FROM pg_catalog.pg_proc"
            + " WHERE proname = 'aurora_replica_status' AND pronargs = 0)";
    private static final String AURORA_LAG =
            "SELECT max(replica_lag_in_msec) FROM aurora_replica_status() WHERE session_id <> 'MASTER_SESSION_ID'";

    private static final String SLOT_WAL = "SELECT pg_current_wal_lsn() - restart_lsn"
            + " FROM pg_catalog.pg_replication_slots WHERE slot_name = ?";

    /**
     * Every role sees the locks, and the application names of sessions. Who blocks a session is asked only for those that
     * wait at the moment: it stops the lock manager for an instant.
     */
    private static final String LOCK_WAITS = "WITH ours AS (SELECT pid, application_name = 'keyferry sink' AS writes"
            + " FROM pg_catalog.pg_stat_activity WHERE application_name LIKE 'keyferry %'),"
            + " waiting AS MATERIALIZED (SELECT DISTINCT pid FROM pg_catalog.pg_locks WHERE NOT granted)"
            + " SELECT count(*) FROM waiting WHERE pid NOT IN (SELECT pid FROM ours)"
            + " AND pg_blocking_pids(pid) && ARRAY(SELECT pid FROM ours WHERE writes)";

    private final Migration migration;
    private final Set<Cause> toldOf = EnumSet.noneOf(Cause.class);

    DatabaseSignals(Migration migration) {
        this.migration = migration;
    }

    private interface Reading {
        OptionalDouble read() throws SQLException;
    }

    /** Prepares a connection of our own. */
    void settle(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(SETTLE);
        }
    }

    /** Each signal that there is a limit for, and that can be read. */
    List<Signal> read(Connection connection) throws SQLException {
        Migration.Limits limits = migration.limits();
        List<Signal> signals = new ArrayList<>();
        if (limits.maxReplicaLag().isPresent()) {
            double limit = limits.maxReplicaLag().get().toMillis();
            add(signals, Cause.REPLICA_LAG, limit, () -> replicaLag(connection));
        }
        if (limits.maxSlotWal().isPresent()) {
            add(signals, Cause.SLOT_WAL, limits.maxSlotWal().getAsLong(), () -> slotWal(connection));
        }
        if (limits.maxLockWaits().isPresent()) {
            add(
                    signals,
                    Cause.LOCK_WAITS,
                    limits.maxLockWaits().getAsLong(),
                    () -> number(connection, LOCK_WAITS));
        }
        return signals;
    }

    private void add(List<Signal> signals, Cause cause, double limit, Reading reading) throws SQLException {
        try {
            reading.read().ifPresent(value -> signals.add(new Signal(cause, value, limit)));
        } catch (SQLException e) {
            if (CANCELLED.equals(e.getSQLState())) {
                log.debug("The {} could not be read in time", cause.words());
            } else if (DatabaseTrouble.of(e) == DatabaseTrouble.CONNECTION) {
                throw e;
            } else {
                tellOnce(cause, e.getMessage());
            }
        }
    }

    private OptionalDouble replicaLag(Connection connection) throws SQLException {
        double worst = 0;
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(REPLICA_LAG)) {
            row.next();
            // none while nothing is written
            worst = row.getDouble(1);
            if (row.getInt(2) > 0) {
                tellOnce(Cause.REPLICA_LAG, "its role may not see those of others in pg_stat_replication");
            }
        }
        if (isAurora(connection)) {
            worst = Math.max(worst, number(connection, AURORA_LAG).orElse(0));
        }
        return OptionalDouble.of(worst);
    }

    private static boolean isAurora(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(IS_AURORA)) {
            row.next();
            return row.getBoolean(1);
        }
    }

    private OptionalDouble slotWal(Connection connection) throws SQLException {
        try (PreparedStatement query = connection.prepareStatement(SLOT_WAL)) {
            query.setString(1, migration.slot());
            try (ResultSet row = query.executeQuery()) {
                return row.next() ? OptionalDouble.of(row.getDouble(1)) : OptionalDouble.empty();
            }
        }
    }

    private static OptionalDouble number(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            double number = row.getDouble(1);
            return row.wasNull() ? OptionalDouble.empty() : OptionalDouble.of(number);
        }
    }

    private void tellOnce(Cause cause, String why) {
        if (toldOf.add(cause)) {
            log.warn(
                    "The sink cannot keep to its limit of {}: {}. Grant its role pg_monitor, or turn the limit off.",
                    cause.words(),
                    why);
        }
    }
}
