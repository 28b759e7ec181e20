package io.keyferry.benchmark;

import io.keyferry.sandbox.Sandbox;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.stream.IntStream;

/**
 * Looks at some rows, evenly spread over the table, to see when they come to hold a value under the target key: by primary
 * key, so that it costs the server little however large the table is. Its own thread does.
 */
final class WatchedRows implements AutoCloseable {

    private static final int WATCHED = 500;

    private final Sandbox sandbox;
    private final BenchTable table;
    private final int rows;
    private final long lookMillis;
    private final Advance advance;
    private final Workers workers = new Workers();

    WatchedRows(Sandbox sandbox, BenchTable table, int rows, long lookMillis) {
        this.sandbox = sandbox;
        this.table = table;
        this.rows = rows;
        this.lookMillis = lookMillis;
        advance = new Advance(Math.min(rows, WATCHED));
        workers.start("watched-rows", this::watch);
    }

    /** Waits until more than this share of them, 0 to 1, is moved. */
    void await(double share, KeyferryRun run, Duration atMost) throws IOException, InterruptedException {
        while (!advance.isPast(share)) {
            workers.check();
            run.mustRun();
            if (run.since().compareTo(atMost) > 0) {
                throw new BenchmarkException(
                        "too few rows are moved after " + atMost.toSeconds() + " s; keyferry said:\n" + run.told());
            }
            Thread.sleep(lookMillis);
        }
    }

    /** Rows a second, from when more than this share of them had been moved, 0 to 1, until the last one. */
    double rate(double after) {
        workers.close();
        workers.check();
        return rows * advance.sharePerSecond(after);
    }

    private void watch() throws SQLException, InterruptedException {
        Object[] ids = IntStream.range(0, advance.all())
                .mapToObj(i -> 1 + (long) i * rows / advance.all())
                .toArray();
        try (Connection connection = sandbox.postgres().connect();
                PreparedStatement moved = connection.prepareStatement("SELECT count(*) FROM " + BenchTable.NAME
                        + " WHERE id = ANY (?) AND " + BenchTable.HEADER + " = '" + table.targetHeader() + "'")) {
            moved.setArray(1, connection.createArrayOf("bigint", ids));
            boolean wanted = true;
            while (wanted && !advance.isOver()) {
                // asked before the look, so that the last look is later than what ended the work
                wanted = workers.areWanted();
                try (ResultSet row = moved.executeQuery()) {
                    row.next();
                    advance.seen(System.nanoTime(), row.getInt(1));
                }
                Thread.sleep(lookMillis);
            }
        }
    }

    @Override
    public void close() {
        workers.close();
    }
}
