package io.keyferry.benchmark;

import io.keyferry.sandbox.Sandbox;
import io.keyferry.sandbox.kms.LocalKms;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;

/**
 * How fast a table passes through keyferry: from the moment when half of it has been to KMS until the last value is
 * under the target key in the table. Start-up, and a JVM that has not compiled its code yet, are in the first half.
 *
 * @param throttledShare of the requests, 0 to 1
 * @param busiestSecond requests in it
 * @param processorMicros processor time of keyferry for each value
 */
record Passage(double valuesPerSecond, double throttledShare, double busiestSecond, double processorMicros) {

    private static final double WARM = 0.5;
    private static final Duration LOOK = Duration.ofMillis(20);
    private static final Duration SECOND = Duration.ofSeconds(1);
    /** A count is as of a time where both are read without a pause in between. */
    private static final Duration EXACT = Duration.ofMillis(1);

    /** Runs keyferry until the table, of that many values, has passed through. */
    static Passage of(
            Bench bench,
            Sandbox sandbox,
            BenchTable table,
            String migration,
            int maxRequestsPerSecond,
            int values,
            Duration atMost)
            throws IOException, SQLException, InterruptedException {
        sandbox.kms().resetCounters();
        try (KeyferryRun run =
                bench.start(sandbox, table.migration(migration, maxRequestsPerSecond), "run", "--json")) {
            Passage passage = follow(run, sandbox.kms(), table, values, atMost);
            bench.say("keyferry moves " + Goal.number(passage.valuesPerSecond()) + " values/s");
            return passage;
        }
    }

    private static Passage follow(KeyferryRun run, LocalKms kms, BenchTable table, int values, Duration atMost)
            throws IOException, SQLException, InterruptedException {
        long warm = 0;
        long warmCount = 0;
        Duration warmTime = Duration.ZERO;
        double busiest = 0;
        long secondAt = System.nanoTime();
        long secondCount = 0;
        while (true) {
            long now = System.nanoTime();
            long requests = kms.requests("ReEncrypt");
            boolean exact = System.nanoTime() - now < EXACT.toNanos();
            long count = kms.requests("ReEncrypt", "Success");
            if (warm == 0 && count >= values * WARM) {
                warm = now;
                warmCount = count;
                warmTime = run.processorTime();
            }
            if (exact && now - secondAt >= SECOND.toNanos()) {
                busiest = Math.max(busiest, (requests - secondCount) / ((now - secondAt) / 1e9));
                secondAt = now;
                secondCount = requests;
            }
            if (count >= values && !table.hasSourceValues()) {
                long took = System.nanoTime() - warm;
                double throttled =
                        kms.requests("ReEncrypt", "ThrottlingException") / (double) kms.requests("ReEncrypt");
                double micros = run.processorTime().minus(warmTime).toNanos() / 1e3 / (values - warmCount);
                return new Passage((values - warmCount) / (took / 1e9), throttled, busiest, micros);
            }
            run.mustRun();
            if (run.since().compareTo(atMost) > 0) {
                throw new BenchmarkException("not done after " + atMost.toSeconds() + " s: " + count + " of " + values
                        + " values have been to KMS; keyferry said:\n" + run.told());
            }
            Thread.sleep(LOOK.toMillis());
        }
    }
}
