package io.keyferry.benchmark;

import java.util.List;
import java.util.Optional;

/**
 * All figures of one run.
 *
 * @param command that gives them again
 * @param machine its size
 * @param complete whether none of the benchmarks failed
 */
public record Report(String command, String machine, List<Result> results, boolean complete) {

    public Report {
        results = List.copyOf(results);
    }

    /** The figure of that name; empty where it was not measured, or not asked for. */
    Optional<Double> figure(String name) {
        return results.stream()
                .filter(result -> result.name().equals(name))
                .findFirst()
                .flatMap(Result::value);
    }
}
