package io.keyferry.benchmark;

import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;

/**
 * When the rows of a table came to hold a value under the target key, as PostgreSQL noted it with each commit: exact, and
 * nothing has to look while it is measured. Of servers with {@link #SETTINGS}, and rows that nobody has written since.
 */
final class CommitTimes {

    static final Map<String, String> SETTINGS = Map.of("track_commit_timestamp", "on");

    private final BenchTable table;

    CommitTimes(BenchTable table) {
        this.table = table;
    }

    /** Rows a second, from when this share of the rows had been moved, 0 to 1, until the last one. */
    double rate(double after) throws SQLException {
        return number("SELECT count(*) FILTER (WHERE t > s) / extract(epoch FROM max(t) - min(s)) FROM " + moved()
                + ", (SELECT percentile_disc(" + after + ") WITHIN GROUP (ORDER BY t) AS s FROM " + moved() + ") f");
    }

    /** Rows a second within this time of the machine's clock. */
    double rate(Instant from, Instant until) throws SQLException {
        double rows = number("SELECT count(*) FROM " + moved() + " WHERE t > '" + from + "' AND t <= '" + until + "'");
        return rows / (Duration.between(from, until).toNanos() / 1e9);
    }

    private double number(String query) throws SQLException {
        return Double.parseDouble(table.ask(query));
    }

    private String moved() {
        return "(SELECT pg_xact_commit_timestamp(xmin) AS t FROM " + BenchTable.NAME + " WHERE " + BenchTable.HEADER
                + " = '" + table.targetHeader() + "') m";
    }
}
