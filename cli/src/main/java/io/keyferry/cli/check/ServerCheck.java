package io.keyferry.cli.check;

import io.keyferry.model.TableName;
import io.keyferry.sink.OriginFunctions;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** Whether the database's server can stream its changes to us, and has room for us. */
final class ServerCheck {

    private static final int OLDEST = 14;

    private static final String STATE = """
            SELECT current_setting('server_version_num')::int / 10000 AS version,
                   current_setting('server_version') AS named,
                   pg_is_in_recovery() AS standby,
                   current_setting('wal_level') AS wal_level,
                   current_setting('max_replication_slots')::int AS slots,
                   (SELECT count(*) FROM pg_replication_slots) AS slots_used,
                   EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = '%s') AS ours,
                   current_setting('max_wal_senders')::int AS senders,
                   (SELECT count(*) FROM pg_stat_replication) AS senders_used,
                   current_setting('max_slot_wal_keep_size') AS keep,
                   inet_server_port() AS port,
                   current_user AS role,
                   (SELECT rolreplication OR rolsuper FROM pg_roles WHERE rolname = current_user) AS replication,
                   to_regrole('rds_replication') IS NOT NULL AS rds,
                   to_regrole('rds_replication') IS NOT NULL
                       AND pg_has_role(current_user, to_regrole('rds_replication'), 'USAGE') AS rds_replication
            """;

    private final String slot;
    private final int port;
    private final Findings findings;

    /** @param port the one that we connect to */
    ServerCheck(String slot, int port, Findings findings) {
        this.slot = slot;
        this.port = port;
        this.findings = findings;
    }

    /** @param streams whether the snapshot stage will read the log; a connector of the user's own needs what it needs */
    void run(Connection connection, boolean streams) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet server = statement.executeQuery(STATE.formatted(slot))) {
            server.next();
            version(server);
            between(server);
            if (streams) {
                wal(server);
                room(server);
                role(server);
            }
        }
        origins(connection);
    }

    private void version(ResultSet server) throws SQLException {
        String text = "PostgreSQL " + server.getString("named");
        if (server.getInt("version") < OLDEST) {
            findings.bad(
                    "database", text + " is older than KeyFerry is tested with", "upgrade to PostgreSQL 14 or newer");
        } else {
            findings.good("database", text);
        }
        if (server.getBoolean("standby")) {
            findings.bad(
                    "database",
                    "this server is a standby, where nothing can be written",
                    "name the primary in database.url, or all hosts with targetServerType=primary");
        }
    }

    /** A pooler or a proxy listens elsewhere; so does a container behind its engine. */
    private void between(ResultSet server) throws SQLException {
        int there = server.getInt("port");
        if (!server.wasNull() && there != port) {
            findings.warning(
                    "database",
                    "database.url leads to port " + port + ", and the server listens on " + there
                            + ": something is in between",
                    "a container's port is no trouble; through a pooler (PgBouncer, RDS Proxy) neither replication nor"
                            + " our advisory locks work: name the server itself");
        }
    }

    private void wal(ResultSet server) throws SQLException {
        if (server.getString("wal_level").equals("logical")) {
            findings.good("database", "wal_level is logical");
        } else {
            findings.bad(
                    "database",
                    "wal_level is " + server.getString("wal_level"),
                    server.getBoolean("rds")
                            ? "set rds.logical_replication to 1 in the parameter group, and restart"
                            : "ALTER SYSTEM SET wal_level = logical;   -- then restart the server");
        }
        String keep = server.getString("keep");
        if (keep.equals("-1")) {
            findings.warning(
                    "database",
                    "max_slot_wal_keep_size is unlimited: a migration that stands still for long fills the disk",
                    "watch keyferry_slot_retained_wal_bytes, or limit it to what the disk can spare: ALTER SYSTEM SET"
                            + " max_slot_wal_keep_size = '50GB';");
        } else {
            findings.good(
                    "database",
                    "max_slot_wal_keep_size is " + keep
                            + ": a migration that is further behind than that reads all rows again");
        }
    }

    private void room(ResultSet server) throws SQLException {
        if (server.getBoolean("ours")) {
            findings.good("database", "replication slot " + slot + " is there already");
            return;
        }
        free("replication slots", "max_replication_slots", server.getInt("slots_used"), server.getInt("slots"));
        free("WAL senders", "max_wal_senders", server.getInt("senders_used"), server.getInt("senders"));
    }

    private void free(String what, String setting, int used, int most) {
        String text = used + " of " + most + " " + what + " are in use";
        if (used < most) {
            findings.good("database", text);
        } else {
            findings.bad(
                    "database",
                    text,
                    "ALTER SYSTEM SET " + setting + " = " + (most + 4)
                            + ";   -- then restart; or drop one that is unused");
        }
    }

    private void role(ResultSet server) throws SQLException {
        String role = server.getString("role");
        if (server.getBoolean("replication") || server.getBoolean("rds_replication")) {
            findings.good("database", "role " + role + " may read changes");
        } else {
            findings.bad(
                    "database",
                    "role " + role + " may not read changes",
                    server.getBoolean("rds")
                            ? "GRANT rds_replication TO " + TableName.quote(role) + ";"
                            : "ALTER ROLE " + TableName.quote(role) + " REPLICATION;");
        }
    }

    private void origins(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            StringBuilder missing = new StringBuilder();
            String role = connection.getMetaData().getUserName();
            for (String function : OriginFunctions.SIGNATURES) {
                try (ResultSet row = statement.executeQuery(
                        "SELECT has_function_privilege('pg_catalog." + function + "', 'EXECUTE')")) {
                    row.next();
                    if (!row.getBoolean(1)) {
                        missing.append(missing.isEmpty() ? "" : "\n")
                                .append("GRANT EXECUTE ON FUNCTION pg_catalog." + function + " TO "
                                        + TableName.quote(role) + ";");
                    }
                }
            }
            if (missing.isEmpty()) {
                findings.good("database", "our own writes can be marked by a replication origin");
            } else {
                findings.warning(
                        "database",
                        "our own writes cannot be marked by a replication origin, and come back as changes: more traffic,"
                                + " the same result",
                        missing.toString());
            }
        }
    }
}
