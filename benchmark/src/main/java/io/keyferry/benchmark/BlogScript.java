package io.keyferry.benchmark;

import io.keyferry.sandbox.Sandbox;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** How much faster than the procedure that people use: a Python script that goes from row to row. */
final class BlogScript implements Benchmark {

    private static final Duration LATENCY = Duration.ofMillis(10);
    private static final Duration AT_MOST = Duration.ofMinutes(15);
    private static final int NO_LIMIT = 10_000;
    private static final int TIMES_SERIAL = 100;
    private static final int TIMES_THREADED = 10;
    private static final double OF_CEILING = 0.8;

    @Override
    public String name() {
        return "blog-script";
    }

    @Override
    public String question() {
        return "How much faster than the script that people use?";
    }

    @Override
    public List<Result> run(Bench bench) throws Exception {
        Optional<Python> python = Python.find();
        if (python.isEmpty()) {
            return List.of(Result.notMeasured(
                    "blog-script/keyferry", "values/s", "install python3-boto3 and python3-psycopg2"));
        }
        Sandbox sandbox = bench.servers();
        sandbox.kms().latency(LATENCY, LATENCY);
        int serialRows = bench.size(600, 150);
        double serial = script(bench, python.get(), sandbox, "blog-serial.py", serialRows);
        int threadedRows = bench.size(15_000, 3_000);
        double threaded = script(bench, python.get(), sandbox, "blog-threads.py", threadedRows);

        int rows = bench.size(600_000, 20_000);
        BenchTable table = BenchTable.create(sandbox, rows);
        double ceiling = Ceiling.measure(sandbox, table, rows / 2).callsPerSecond();
        bench.say("a bare loop makes " + Goal.number(ceiling) + " calls/s");
        double keyferry = Passage.of(bench, sandbox, table, "blog-script", NO_LIMIT, rows, AT_MOST)
                .valuesPerSecond();
        return results(serial, serialRows, threaded, threadedRows, keyferry, rows, ceiling);
    }

    private static double script(Bench bench, Python python, Sandbox sandbox, String script, int rows)
            throws Exception {
        BenchTable table = BenchTable.create(sandbox, rows);
        double seconds =
                python.run(script, bench.folder(), sandbox.environment(), BenchTable.NAME, sandbox.targetKeyArn());
        if (table.hasSourceValues()) {
            throw new BenchmarkException(script + " has left values under the source key");
        }
        bench.say(script + " moves " + Goal.number(rows / seconds) + " values/s");
        return rows / seconds;
    }

    static List<Result> results(
            double serial,
            int serialRows,
            double threaded,
            int threadedRows,
            double keyferry,
            int rows,
            double ceiling) {
        return List.of(
                Result.of(
                        "blog-script/serial",
                        serial,
                        "values/s",
                        serialRows + " rows, Decrypt, Encrypt and UPDATE one after the other"),
                Result.of(
                        "blog-script/threaded", threaded, "values/s", threadedRows + " rows, 32 threads and ReEncrypt"),
                Result.of("blog-script/ceiling", ceiling, "calls/s", rows / 2 + " calls of a bare loop of ReEncrypt"),
                keyferry(serial, threaded, keyferry, rows, ceiling),
                ratio("blog-script/to-serial", keyferry, serial, TIMES_SERIAL, ceiling),
                ratio("blog-script/to-threaded", keyferry, threaded, TIMES_THREADED, ceiling));
    }

    private static Result keyferry(double serial, double threaded, double keyferry, int rows, double ceiling) {
        double wanted = Math.max(TIMES_SERIAL * serial, TIMES_THREADED * threaded);
        double possible = OF_CEILING * ceiling;
        return Result.of(
                "blog-script/keyferry",
                keyferry,
                "values/s",
                Goal.atLeast(Math.min(wanted, possible)),
                rows + " rows; "
                        + (possible < wanted
                                ? "80% of the ceiling, which is below 100 times serial or 10 times threaded"
                                : "100 times serial and 10 times threaded"));
    }

    private static Result ratio(String name, double keyferry, double script, int times, double ceiling) {
        double possible = OF_CEILING * ceiling / script;
        return Result.of(
                name,
                keyferry / script,
                "times",
                Goal.atLeast(Math.min(times, possible)),
                possible < times ? "80% of the ceiling, which is below " + times + " times" : "");
    }
}
