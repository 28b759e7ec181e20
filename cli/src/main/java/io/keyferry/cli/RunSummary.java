package io.keyferry.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.keyferry.cli.terminal.Console;
import io.keyferry.cli.terminal.Figures;
import io.keyferry.kms.KmsMetrics;
import io.keyferry.model.Counter;
import io.keyferry.model.Counts;
import io.keyferry.model.Progress;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * What a run tells at its end. Rows, values and outcomes are those of the migration since it began, requests and seconds
 * those of this run.
 *
 * @param state {@code drained}, {@code caught-up} or {@code under-way}, by the newest sweep
 * @param remaining values under a source key by column; empty where no sweep has ended in this run
 */
record RunSummary(
        String migration,
        String state,
        long rows,
        Counts counts,
        Optional<Map<String, Long>> remaining,
        long deadLettersRemaining,
        KmsMetrics kms,
        Duration took) {

    static RunSummary of(String migration, RunProgress progress, KmsMetrics kms, Duration took) {
        Optional<Progress.Sweep> sweep = progress.sweep();
        return new RunSummary(
                migration,
                Progress.Sweep.state(sweep),
                progress.rows(),
                progress.totals(),
                sweep.map(Progress.Sweep::remaining),
                sweep.map(Progress.Sweep::deadLettered).orElse(0L),
                kms,
                took);
    }

    /** Empty where it is not known. */
    Optional<Long> remainingValues() {
        return remaining.map(
                columns -> columns.values().stream().mapToLong(Long::longValue).sum());
    }

    /** Every outcome by its name in JSON outputs. */
    ObjectNode outcomes() {
        ObjectNode node = new ObjectMapper().createObjectNode();
        Counter.OUTCOMES.forEach(outcome -> node.put(outcome.word(), counts.get(outcome)));
        return node;
    }

    ObjectNode json() {
        ObjectNode node = new ObjectMapper()
                .createObjectNode()
                .put("migration", migration)
                .put("state", state)
                .put("rows", rows)
                .put("values", counts.get(Counter.SEEN));
        node.set("outcomes", outcomes());
        node.put("remaining", remainingValues().orElse(null));
        remaining.ifPresentOrElse(
                found -> {
                    ObjectNode columns = node.putObject("remainingByColumn");
                    found.forEach(columns::put);
                },
                () -> node.putNull("remainingByColumn"));
        return node.put("kmsRequests", kms.requests())
                .put("kmsThrottled", kms.throttled())
                .put("seconds", took.toMillis() / 1000.0);
    }

    void print(Console console) {
        console.line("");
        console.line("  " + migration + " is " + state + " after " + Figures.duration(took));
        console.line("  values      " + Figures.count(counts.get(Counter.SEEN)) + " seen in " + Figures.count(rows)
                + " rows of the snapshot and in later changes");
        Counter.OUTCOMES.stream()
                .filter(outcome -> counts.get(outcome) > 0)
                .forEach(outcome -> console.line(
                        "    " + Figures.padded(Figures.count(counts.get(outcome)), 12) + "  " + words(outcome)));
        if (!counts.balanced()) {
            console.line("    " + Figures.padded(Figures.count(counts.get(Counter.SEEN) - counts.settled()), 12)
                    + "  under way");
        }
        console.line("  KMS         " + Figures.count(kms.requests()) + " requests in this run, "
                + Figures.count(kms.throttled()) + " throttled");
        remaining.ifPresentOrElse(
                found -> found.forEach((column, values) ->
                        console.line("  remaining   " + Figures.count(values) + " values of " + column)),
                () -> console.line("  remaining   not known: no sweep has ended in this run"));
    }

    private static String words(Counter outcome) {
        return switch (outcome) {
            case REWRITTEN -> "rewritten";
            case ALREADY_TARGET -> "already under the target key";
            case SUPERSEDED -> "superseded by a later write, or gone";
            case EMPTY -> "empty";
            case DEAD_LETTERED -> "dead-lettered";
            case SEEN, FORWARDED -> outcome.word();
        };
    }
}
