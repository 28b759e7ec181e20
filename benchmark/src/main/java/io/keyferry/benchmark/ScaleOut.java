package io.keyferry.benchmark;

import io.keyferry.sandbox.Sandbox;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;

/**
 * How much more instances of the stream-processor bring, where one is held up by nothing but KMS's latency. One table passes
 * through: with four instances at first, then with two, then with one.
 */
final class ScaleOut implements Benchmark {

    private static final int INSTANCES = 4;
    /** Gives each instance 200 connections, and lets 500 requests a second to each of four: more than its connections do. */
    private static final int CEILING = 2_000;

    private static final int CONNECTIONS = 200;
    private static final Duration LATENCY = Duration.ofMillis(500);
    private static final double MOST_OF_ONE = CONNECTIONS / (LATENCY.toMillis() / 1e3);
    private static final Duration AT_MOST = Duration.ofMinutes(5);
    /** The second compiler would take the two cores of a small machine for minutes, five times; here, all wait for KMS. */
    private static final String JAVA_OPTIONS = "-Xmx512m -XX:TieredStopAtLevel=1";

    @Override
    public String name() {
        return "scale-out";
    }

    @Override
    public String question() {
        return "How much more do more instances bring?";
    }

    @Override
    public List<Result> run(Bench bench) throws Exception {
        int seconds = bench.size(40, 5);
        int settle = bench.size(25, 3);
        // more than can pass meanwhile, so that there is always something to do
        int rows = (int) (1.15 * MOST_OF_ONE * (4 + 2 + 1) * (seconds + settle));
        Sandbox sandbox = bench.servers();
        BenchTable table = BenchTable.create(sandbox, rows);
        String migration = table.migration("scale-out", CEILING);
        Deque<KeyferryRun> processors = new ArrayDeque<>();
        try {
            for (KeyferryRun processor : start(bench, sandbox, migration)) {
                processors.push(processor);
            }
            bench.say(INSTANCES + " instances are ready");
            // only now: what looks at keys and columns makes one call after the other
            sandbox.kms().latency(LATENCY, LATENCY);
            try (KeyferryRun others = bench.start(
                            sandbox,
                            migration,
                            Map.of("KEYFERRY_JAVA_OPTS", JAVA_OPTIONS),
                            "run",
                            "migration.yaml",
                            "snapshot",
                            "sink",
                            "--json");
                    WatchedRows watched = new WatchedRows(sandbox, table, rows, 100)) {
                watched.await(0.02, others, AT_MOST);
                List<Double> rates = new ArrayList<>();
                for (int instances : List.of(4, 2, 1)) {
                    while (processors.size() > instances) {
                        processors.pop().close();
                    }
                    Thread.sleep(Duration.ofSeconds(settle).toMillis());
                    rates.add(0, rate(table, seconds));
                    bench.say(instances + " instances move " + Goal.number(rates.get(0)) + " values/s");
                }
                others.mustRun();
                if (!table.hasSourceValues()) {
                    throw new BenchmarkException("the table was moved before all was measured");
                }
                return results(rates, seconds);
            }
        } finally {
            processors.forEach(KeyferryRun::close);
        }
    }

    private static List<KeyferryRun> start(Bench bench, Sandbox sandbox, String migration) throws Exception {
        List<KeyferryRun> runs = new ArrayList<>();
        List<Readiness> ready = new ArrayList<>();
        for (int i = 0; i < INSTANCES; i++) {
            Readiness readiness = new Readiness();
            ready.add(readiness);
            runs.add(bench.start(
                    sandbox,
                    migration,
                    readiness.variables(JAVA_OPTIONS),
                    "run",
                    "migration.yaml",
                    "stream-processor",
                    "--json"));
        }
        for (int i = 0; i < INSTANCES; i++) {
            ready.get(i).await(runs.get(i), AT_MOST);
        }
        return runs;
    }

    private static double rate(BenchTable table, int seconds) throws Exception {
        long begun = System.nanoTime();
        long moved = table.moved();
        Thread.sleep(Duration.ofSeconds(seconds).toMillis());
        long end = System.nanoTime();
        return (table.moved() - moved) / ((end - begun) / 1e9);
    }

    private static List<Result> results(List<Double> rates, int seconds) {
        String note = "moved in " + seconds + " s; " + CONNECTIONS + " connections at " + LATENCY.toMillis()
                + " ms an instance";
        return List.of(
                Result.of("scale-out/one", rates.get(0), "values/s", Goal.atMost(MOST_OF_ONE), note),
                Result.of("scale-out/two", rates.get(1), "values/s", note),
                Result.of("scale-out/four", rates.get(2), "values/s", note),
                Result.of("scale-out/two-to-one", rates.get(1) / rates.get(0), "×", Goal.atLeast(1.8), ""),
                Result.of("scale-out/four-to-one", rates.get(2) / rates.get(0), "×", Goal.atLeast(3.4), ""));
    }
}
