package io.keyferry.benchmark;

import io.keyferry.sandbox.Sandbox;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** How near the whole pipeline comes to what a bare loop of calls can do, and to a quota of KMS. */
final class Limit implements Benchmark {

    private static final Duration LATENCY = Duration.ofMillis(10);
    private static final Duration AT_MOST = Duration.ofMinutes(15);
    private static final int NO_LIMIT = 10_000;
    private static final int QUOTA = 2_000;

    @Override
    public String name() {
        return "limit";
    }

    @Override
    public String question() {
        return "How near to what KMS can do?";
    }

    @Override
    public List<Result> run(Bench bench) throws Exception {
        List<Result> results = new ArrayList<>();
        int rows = bench.size(800_000, 40_000);
        Sandbox sandbox = bench.servers();
        sandbox.kms().latency(LATENCY, LATENCY);
        BenchTable table = BenchTable.create(sandbox, rows);
        Ceiling bare = Ceiling.measure(sandbox, table, rows / 2);
        double ceiling = bare.callsPerSecond();
        bench.say("a bare loop makes " + Goal.number(ceiling) + " calls/s");
        results.add(Result.of("limit/bare-loop", ceiling, "calls/s", rows / 2 + " calls"));
        results.add(Result.of(
                "limit/bare-loop-time", bare.processorMicros(), "µs/call", "processor time of the loop, without KMS"));
        Passage passage = Passage.of(bench, sandbox, table, "limit", NO_LIMIT, rows, AT_MOST);
        results.add(Result.of(
                "limit/pipeline",
                passage.valuesPerSecond(),
                "values/s",
                Goal.atLeast(0.8 * ceiling),
                rows + " rows of one value; 80% of the bare loop"));
        results.add(Result.of(
                "limit/processor-time", passage.processorMicros(), "µs/value", "of keyferry, without its servers"));
        results.addAll(underQuota(bench));
        return results;
    }

    private static List<Result> underQuota(Bench bench) throws Exception {
        int rows = bench.size(240_000, 20_000);
        Sandbox sandbox = bench.servers();
        sandbox.kms().latency(LATENCY, LATENCY);
        sandbox.kms().quota(QUOTA);
        BenchTable table = BenchTable.create(sandbox, rows);
        Passage passage = Passage.of(bench, sandbox, table, "limit", QUOTA, rows, AT_MOST);
        String note = rows + " rows, a quota and maxRequestsPerSecond of 2,000/s";
        return List.of(
                Result.of("limit/quota", passage.valuesPerSecond(), "values/s", Goal.atLeast(0.97 * QUOTA), note),
                Result.of(
                        "limit/quota-throttled",
                        100 * passage.throttledShare(),
                        "%",
                        Goal.atMost(1),
                        "of the requests"),
                Result.of(
                        "limit/quota-busiest",
                        passage.busiestSecond(),
                        "requests/s",
                        Goal.atMost(1.01 * QUOTA),
                        "the busiest second, as they arrive, which is measured to 1%"));
    }
}
