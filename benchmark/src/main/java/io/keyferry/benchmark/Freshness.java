package io.keyferry.benchmark;

import io.keyferry.sandbox.Sandbox;
import java.time.Duration;
import java.util.List;
import org.HdrHistogram.Histogram;

/** How long a value that the application still writes under the source key stays under it. */
final class Freshness implements Benchmark {

    private static final Duration LATENCY = Duration.ofMillis(10);
    private static final Duration AT_MOST = Duration.ofMinutes(5);
    private static final int WRITES_A_SECOND = 500;
    private static final int NO_LIMIT = 10_000;

    @Override
    public String name() {
        return "freshness";
    }

    @Override
    public String question() {
        return "How soon is a live write moved?";
    }

    @Override
    public List<Result> run(Bench bench) throws Exception {
        int rows = bench.size(50_000, 5_000);
        int seconds = bench.size(60, 10);
        Sandbox sandbox = bench.servers();
        sandbox.kms().latency(LATENCY, LATENCY);
        BenchTable table = BenchTable.create(sandbox, rows);
        try (KeyferryRun run = bench.start(sandbox, table.migration("freshness", NO_LIMIT), "run", "--json")) {
            table.awaitMoved(AT_MOST, run);
            bench.say("the table is moved; " + WRITES_A_SECOND + " writes/s begin");
            try (LiveWrites writes = new LiveWrites(sandbox, table, rows, WRITES_A_SECOND)) {
                Thread.sleep(Duration.ofSeconds(bench.size(120, 5)).toMillis());
                Histogram micros = writes.measure(Duration.ofSeconds(seconds), AT_MOST);
                run.mustRun();
                return results(micros, writes.measured() / (double) seconds, rows);
            }
        }
    }

    private static List<Result> results(Histogram micros, double rate, int rows) {
        String note = micros.getTotalCount() + " writes to random ones of " + rows
                + " rows, from before their commit until seen";
        return List.of(
                Result.of("freshness/p50", millis(micros, 50), "ms", Goal.atMost(100), note),
                Result.of("freshness/p99", millis(micros, 99), "ms", Goal.atMost(300), note),
                Result.of("freshness/longest", millis(micros, 100), "ms", note),
                Result.of(
                        "freshness/writes",
                        rate,
                        "writes/s",
                        Goal.atLeast(0.98 * WRITES_A_SECOND),
                        "what the application came to, at KMS's 10 ms"));
    }

    private static double millis(Histogram micros, double percentile) {
        return micros.getValueAtPercentile(percentile) / 1e3;
    }
}
