package io.keyferry.benchmark;

import io.keyferry.sandbox.Sandbox;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.HdrHistogram.Histogram;

/** What an application notices of a migration that runs beside it, and what the database has to write for it. */
final class Harm implements Benchmark {

    private static final Duration LATENCY = Duration.ofMillis(10);
    private static final Duration AT_MOST = Duration.ofMinutes(10);
    private static final int VALUES_A_SECOND = 1_000;
    private static final int READS_A_SECOND = 200;
    private static final int UPDATES_A_SECOND = 200;
    private static final double SLOWER = 1.2;
    private static final String READ = "SELECT name, secret FROM " + BenchTable.NAME + " WHERE id = ?";
    private static final String UPDATE =
            "UPDATE " + BenchTable.NAME + " SET name = 'Renamed', updated_at = now() WHERE id = ?";

    @Override
    public String name() {
        return "harm";
    }

    @Override
    public String question() {
        return "What does the application notice?";
    }

    @Override
    public List<Result> run(Bench bench) throws Exception {
        int seconds = bench.size(60, 6);
        // first it compiles its code, at the end there is some left
        int warm = bench.size(120, 4);
        int rows = VALUES_A_SECOND * (warm + seconds + bench.size(20, 4));
        Sandbox sandbox = bench.servers();
        sandbox.kms().latency(LATENCY, LATENCY);
        BenchTable table = BenchTable.create(sandbox, rows);
        String migration = table.migration("harm", VALUES_A_SECOND);
        List<Result> results = new ArrayList<>();
        long updates;
        try (OpenLoop reads = new OpenLoop(sandbox, READ, rows, READS_A_SECOND);
                OpenLoop writes = new OpenLoop(sandbox, UPDATE, rows, UPDATES_A_SECOND);
                LockWaits locks = new LockWaits(sandbox)) {
            Thread.sleep(Duration.ofSeconds(bench.size(10, 3)).toMillis());
            Phase before = Phase.measure(reads, writes, locks, seconds);
            bench.say("the migration begins");
            Phase with;
            try (KeyferryRun run = bench.startGently(sandbox, migration, "run", "--json")) {
                try (WatchedRows watched = new WatchedRows(sandbox, table, rows, 50)) {
                    watched.await(warm * VALUES_A_SECOND / (double) rows, run, AT_MOST);
                }
                long moved = table.moved();
                with = Phase.measure(reads, writes, locks, seconds);
                results.add(Result.of(
                        "harm/rate",
                        (table.moved() - moved) / (double) seconds,
                        "rows/s",
                        "moved meanwhile; with maxRequestsPerSecond " + VALUES_A_SECOND));
                table.awaitMoved(AT_MOST, run);
                results.add(Result.of("harm/wal", sinkWal(table) / (double) rows, "bytes/row", "written by the sink"));
            }
            bench.say("the migration is over");
            Phase after = Phase.measure(reads, writes, locks, seconds);
            results.addAll(0, with.compare(before, after, SLOWER));
            writes.stop();
            updates = writes.done();
            // a session reports its count as it ends
            Thread.sleep(Duration.ofSeconds(1).toMillis());
        }
        results.add(Result.of(
                "harm/row-versions",
                (versions(table) - updates) / (double) rows,
                "versions/row",
                Goal.atMost(1),
                rows + " rows; updates of the application apart"));
        return results;
    }

    /** The session's own count, which it reports a second after the last transaction at the latest. */
    private static long sinkWal(BenchTable table) throws Exception {
        Thread.sleep(Duration.ofSeconds(3).toMillis());
        return Long.parseLong(table.ask("SELECT coalesce(sum((pg_stat_get_backend_wal(pid)).wal_bytes), 0)::bigint"
                + " FROM pg_stat_activity WHERE application_name = 'keyferry sink'"));
    }

    /** Versions of rows that updates have made since the table was filled; sessions that have ended have reported all. */
    private static long versions(BenchTable table) throws Exception {
        return Long.parseLong(table.ask(
                "SELECT n_tup_upd FROM pg_stat_user_tables WHERE relid = '" + BenchTable.NAME + "'::regclass"));
    }

    private record Phase(Histogram reads, Histogram writes, double lockPercent) {

        /** Of that many seconds from now on. */
        static Phase measure(OpenLoop reads, OpenLoop writes, LockWaits locks, int seconds)
                throws InterruptedException {
            reads.take();
            writes.take();
            locks.takePercent();
            Thread.sleep(Duration.ofSeconds(seconds).toMillis());
            return new Phase(reads.take(), writes.take(), locks.takePercent());
        }

        List<Result> compare(Phase before, Phase after, double slower) {
            List<Result> results = new ArrayList<>();
            before.reads.add(after.reads);
            before.writes.add(after.writes);
            results.addAll(compare("read", reads, before.reads, slower));
            results.addAll(compare("write", writes, before.writes, slower));
            results.add(Result.of(
                    "harm/lock-waits",
                    lockPercent,
                    "%",
                    "of looks at the application's sessions; without, before and after: "
                            + Goal.number(before.lockPercent) + " and " + Goal.number(after.lockPercent)));
            return results;
        }

        private static List<Result> compare(String what, Histogram with, Histogram without, double slower) {
            String note = with.getTotalCount() + " with and " + without.getTotalCount() + " without the migration";
            List<Result> results = new ArrayList<>();
            for (int percentile : List.of(50, 99)) {
                double is = with.getValueAtPercentile(percentile) / 1e3;
                double was = without.getValueAtPercentile(percentile) / 1e3;
                String name = "harm/" + what + "-p" + percentile;
                results.add(Result.of(name + "-without", was, "ms", note));
                results.add(Result.of(name, is, "ms", note));
                if (percentile == 99) {
                    results.add(Result.of(name + "-ratio", is / was, "×", Goal.atMost(slower), note));
                }
            }
            return results;
        }
    }
}
