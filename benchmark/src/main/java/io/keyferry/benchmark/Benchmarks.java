package io.keyferry.benchmark;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;

/** All benchmarks, in the order in which they run. */
public final class Benchmarks {

    private static final List<Benchmark> ALL = List.of(
            new BlogScript(),
            new Limit(),
            new Cost(),
            new Replay(),
            new Freshness(),
            new Harm(),
            new Growth(),
            new ScaleOut());

    private Benchmarks() {}

    /** What can be named, each with what it measures. */
    public static List<String> names() {
        return ALL.stream().map(Benchmark::name).toList();
    }

    /**
     * Runs them one after the other. One that fails leaves a note in place of its figures, and the others go on: they may
     * have taken an hour.
     *
     * @param names some of {@link #names()}; empty for all
     * @param quick small sizes, which tell less
     * @param launcher the command that starts keyferry, to which arguments are added
     * @param people is told how it gets on
     */
    public static Report run(List<String> names, boolean quick, List<String> launcher, PrintStream people)
            throws InterruptedException {
        List<Result> results = new ArrayList<>();
        boolean complete = true;
        Machine machine = Machine.here();
        people.println("  On " + machine);
        for (Benchmark benchmark : ALL) {
            if (names.isEmpty() || names.contains(benchmark.name())) {
                people.println("  " + benchmark.name() + ": " + benchmark.question());
                try (Bench bench = new Bench(launcher, quick, people)) {
                    results.addAll(benchmark.run(bench));
                    machine = machine.with(bench.postgres());
                } catch (InterruptedException e) {
                    throw e;
                } catch (Exception e) {
                    complete = false;
                    people.println("    failed: " + e.getMessage());
                    results.add(Result.notMeasured(
                            benchmark.name(),
                            "",
                            "it failed: "
                                    + String.valueOf(e.getMessage())
                                            .lines()
                                            .findFirst()
                                            .orElse("")));
                }
            }
        }
        return new Report(command(names, quick), machine.toString(), results, complete);
    }

    private static String command(List<String> names, boolean quick) {
        List<String> words = new ArrayList<>(List.of("keyferry", "benchmark"));
        words.addAll(names);
        if (quick) {
            words.add("--quick");
        }
        return String.join(" ", words);
    }
}
