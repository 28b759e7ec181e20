package io.keyferry.benchmark;

import io.keyferry.sandbox.Sandbox;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;

/** How fast the journal is applied again from its start: to a table that was restored, and to one that has it all. */
final class Replay implements Benchmark {

    private static final Duration AT_MOST = Duration.ofMinutes(10);
    private static final long LOOK_MILLIS = 20;
    private static final int NO_LIMIT = 100_000;
    /** A JVM that has not compiled its code yet is in the first half. */
    private static final double WARM = 0.5;

    private static final String MIGRATION = "replay";

    @Override
    public String name() {
        return "replay";
    }

    @Override
    public String question() {
        return "How fast is the journal applied again, without KMS?";
    }

    @Override
    public List<Result> run(Bench bench) throws Exception {
        int rows = bench.size(400_000, 30_000);
        Sandbox sandbox = bench.servers();
        BenchTable table = BenchTable.create(sandbox, rows);
        execute(sandbox, "CREATE TABLE before AS SELECT id, secret FROM " + BenchTable.NAME);
        String migration = table.migration(MIGRATION, NO_LIMIT);
        try (KeyferryRun run = bench.start(sandbox, migration, "run", "--json")) {
            table.awaitMoved(AT_MOST, run);
        }
        bench.say("the table is moved; now its old values are put back");
        execute(
                sandbox,
                "UPDATE " + BenchTable.NAME + " t SET secret = before.secret FROM before WHERE before.id = t.id",
                "VACUUM ANALYZE " + BenchTable.NAME,
                "CHECKPOINT");
        readAgain(bench, sandbox, migration);
        double applied;
        long requests;
        try (WatchedRows watched = new WatchedRows(sandbox, table, rows, LOOK_MILLIS);
                KeyferryRun sink = sink(bench, sandbox, migration)) {
            watched.await(0, sink, AT_MOST);
            // the keys and a sample of the column have been looked at, with a few calls
            sandbox.kms().resetCounters();
            table.awaitMoved(AT_MOST, sink);
            requests = sandbox.kms().requests();
            applied = watched.rate(WARM);
        }
        bench.say("applied again with " + Goal.number(applied) + " rows/s; once more, where nothing is to do");
        readAgain(bench, sandbox, migration);
        double share;
        try (KeyferryRun sink = sink(bench, sandbox, migration);
                JournalReading reading = new JournalReading(sandbox, MIGRATION)) {
            share = reading.sharePerSecond(sink, AT_MOST);
        }
        return List.of(
                Result.of(
                        "replay/applied",
                        applied,
                        "rows/s",
                        Goal.atLeast(25_000),
                        rows + " rows with their old values, seen in the table"),
                Result.of(
                        "replay/nothing-to-do",
                        share * rows,
                        "rows/s",
                        "the same rows with their new values, by the sink's offsets"),
                Result.of(
                        "replay/kms", requests, "requests", Goal.atMost(0), "from the first row applied to the last"));
    }

    private static void readAgain(Bench bench, Sandbox sandbox, String migration) throws Exception {
        try (KeyferryRun replay = bench.start(
                sandbox,
                migration,
                "replay",
                "migration.yaml",
                "--stage",
                "sink",
                "--to-earliest",
                "--yes",
                "--json")) {
            replay.result(AT_MOST);
        }
    }

    private static KeyferryRun sink(Bench bench, Sandbox sandbox, String migration) throws Exception {
        return bench.start(sandbox, migration, "run", "migration.yaml", "sink", "--json");
    }

    private static void execute(Sandbox sandbox, String... statements) throws SQLException {
        try (Connection connection = sandbox.postgres().connect();
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }
}
