package io.keyferry.cli.report;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;

/**
 * Transactions of the database that may be older than a sweep: what they have written it could not see, and what they have
 * read they may still write elsewhere.
 *
 * @param open begun before the sweep
 * @param prepared all of them: nothing tells when they were begun
 * @param hidden sessions of other roles whose transactions this role may not see
 */
record OpenTransactions(List<Open> open, List<Prepared> prepared, long hidden) {

    private static final String OPEN = """
            SELECT pid, coalesce(usename, backend_type), application_name, xact_start FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid()
            AND backend_type NOT IN ('autovacuum worker', 'parallel worker') AND xact_start < ?
            ORDER BY xact_start""";

    private static final String HIDDEN = "SELECT count(*) FROM pg_stat_activity"
            + " WHERE datname = current_database() AND query = '<insufficient privilege>'";

    private static final String PREPARED =
            "SELECT gid, owner, prepared FROM pg_prepared_xacts WHERE database = current_database() ORDER BY prepared";

    OpenTransactions {
        open = List.copyOf(open);
        prepared = List.copyOf(prepared);
    }

    /** @param application the name that the session gave itself, perhaps empty */
    record Open(int pid, String user, String application, Instant since) {

        @Override
        public String toString() {
            return "process " + pid + " of " + user + (application.isEmpty() ? "" : " (" + application + ")")
                    + ", open since " + since;
        }
    }

    /** @param name what COMMIT PREPARED and ROLLBACK PREPARED call it */
    record Prepared(String name, String owner, Instant at) {

        @Override
        public String toString() {
            return "the prepared transaction '" + name + "' of " + owner + ", since " + at;
        }
    }

    /** @param sweep when it began, by the database's clock */
    static OpenTransactions read(Connection connection, Instant sweep) throws SQLException {
        List<Open> open = new ArrayList<>();
        try (PreparedStatement query = connection.prepareStatement(OPEN)) {
            query.setObject(1, sweep.atOffset(ZoneOffset.UTC));
            try (ResultSet rows = query.executeQuery()) {
                while (rows.next()) {
                    open.add(new Open(rows.getInt(1), rows.getString(2), rows.getString(3), time(rows, 4)));
                }
            }
        }
        List<Prepared> prepared = new ArrayList<>();
        long hidden;
        try (Statement statement = connection.createStatement()) {
            try (ResultSet rows = statement.executeQuery(PREPARED)) {
                while (rows.next()) {
                    prepared.add(new Prepared(rows.getString(1), rows.getString(2), time(rows, 3)));
                }
            }
            try (ResultSet row = statement.executeQuery(HIDDEN)) {
                row.next();
                hidden = row.getLong(1);
            }
        }
        return new OpenTransactions(open, prepared, hidden);
    }

    private static Instant time(ResultSet rows, int column) throws SQLException {
        return rows.getObject(column, OffsetDateTime.class).toInstant();
    }
}
