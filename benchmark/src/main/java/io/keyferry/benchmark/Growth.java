package io.keyferry.benchmark;

import io.keyferry.sandbox.Sandbox;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Whether rate and memory stay as they are with the size of the table; and how long the parts take to start. */
final class Growth implements Benchmark {

    private static final List<String> STAGES = List.of("snapshot", "stream-processor", "sink");
    private static final String JAVA_OPTIONS = "-Xmx512m";
    private static final Duration AT_MOST = Duration.ofMinutes(40);
    private static final int NO_LIMIT = 100_000;
    /** Start-up, and code that is not compiled yet, are in the first fifth. */
    private static final double WARM = 0.2;

    private static final double MEGABYTE = 1 << 20;

    private record Passed(int rows, double rate, List<Long> memory) {

        long allMemory() {
            return memory.stream().mapToLong(Long::longValue).sum();
        }
    }

    @Override
    public String name() {
        return "growth";
    }

    @Override
    public String question() {
        return "What of a table that is larger?";
    }

    @Override
    public List<Result> run(Bench bench) throws Exception {
        List<Result> results = new ArrayList<>(startUp(bench));
        List<Passed> passed = new ArrayList<>();
        List<Integer> sizes = new ArrayList<>(List.of(bench.size(100_000, 10_000), bench.size(1_000_000, 30_000)));
        if (bench.size(1, 0) == 1) {
            sizes.add(5_000_000);
        }
        for (int rows : sizes) {
            passed.add(pass(bench, rows));
        }
        for (Passed of : passed) {
            String size = of.rows() / 1000 + "k";
            results.add(Result.of("growth/rate-" + size, of.rate(), "values/s", of.rows() + " rows, three processes"));
            for (int i = 0; i < STAGES.size(); i++) {
                results.add(memory(STAGES.get(i) + "-" + size, of.memory().get(i)));
            }
            results.add(memory("all-" + size, of.allMemory()));
        }
        Passed largest = passed.get(passed.size() - 1);
        Passed second = passed.get(passed.size() - 2);
        results.add(Result.of(
                "growth/rate-ratio",
                largest.rate() / passed.get(0).rate(),
                "×",
                Goal.atLeast(0.9),
                largest.rows() + " rows to " + passed.get(0).rows()));
        results.add(
                largest.allMemory() == 0
                        ? Result.notMeasured("growth/memory-ratio", "×", "needs Linux, whose /proc tells the peak")
                        : Result.of(
                                "growth/memory-ratio",
                                largest.allMemory() / (double) second.allMemory(),
                                "×",
                                Goal.atMost(1.1),
                                largest.rows() + " rows to " + second.rows()));
        return results;
    }

    private static Result memory(String of, long bytes) {
        String name = "growth/memory-" + of;
        return bytes == 0
                ? Result.notMeasured(name, "MB", "needs Linux, whose /proc tells the peak")
                : Result.of(
                        name, bytes / MEGABYTE, "MB", "peak of what is resident, with " + JAVA_OPTIONS + " a stage");
    }

    private static Passed pass(Bench bench, int rows) throws Exception {
        try (Sandbox sandbox = bench.servers()) {
            BenchTable table = BenchTable.create(sandbox, rows);
            String migration = table.migration("growth", NO_LIMIT);
            List<KeyferryRun> stages = new ArrayList<>();
            try (WatchedRows watched = new WatchedRows(sandbox, table, rows, 50)) {
                for (String stage : STAGES) {
                    stages.add(bench.start(
                            sandbox,
                            migration,
                            new Readiness().variables(JAVA_OPTIONS),
                            "run",
                            "migration.yaml",
                            stage,
                            "--json"));
                }
                // gently: the table is looked at as a whole only when the rows that are watched are moved
                watched.await(0.98, stages.get(2), AT_MOST);
                table.awaitMoved(AT_MOST, stages.toArray(KeyferryRun[]::new));
                double rate = watched.rate(WARM);
                bench.say(rows + " rows pass with " + Goal.number(rate) + " values/s");
                List<Long> memory = new ArrayList<>();
                for (KeyferryRun stage : stages) {
                    memory.add(stage.peakMemory());
                }
                return new Passed(rows, rate, memory);
            } finally {
                stages.forEach(KeyferryRun::close);
            }
        }
    }

    private static List<Result> startUp(Bench bench) throws Exception {
        List<Result> results = new ArrayList<>();
        try (Sandbox sandbox = bench.servers()) {
            String migration = BenchTable.create(sandbox, 1_000).migration("growth", NO_LIMIT);
            results.add(startUp(bench, sandbox, migration, "run", "all stages, for the first time"));
            for (String stage : STAGES) {
                results.add(startUp(bench, sandbox, migration, stage, "alone, for the second time"));
            }
        }
        return results;
    }

    private static Result startUp(Bench bench, Sandbox sandbox, String migration, String what, String note)
            throws Exception {
        Readiness readiness = new Readiness();
        List<String> words = new ArrayList<>(List.of("run", "migration.yaml", "--json"));
        if (STAGES.contains(what)) {
            words.add(what);
        }
        try (KeyferryRun run =
                bench.start(sandbox, migration, readiness.variables(JAVA_OPTIONS), words.toArray(String[]::new))) {
            double seconds = readiness.await(run, AT_MOST).toMillis() / 1e3;
            return Result.of("growth/start-" + what, seconds, "s", note + ", until it says that it is ready");
        }
    }
}
