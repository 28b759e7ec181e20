package io.keyferry.cli;

import io.keyferry.cli.terminal.Cadence;
import io.keyferry.cli.terminal.Console;
import io.keyferry.cli.terminal.Figures;
import io.keyferry.cli.terminal.Headway;
import io.keyferry.model.Counter;
import io.keyferry.model.Counts;
import io.keyferry.model.Progress;
import io.keyferry.model.TableName;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Supplier;

/** Shows a run: a bar a table on a terminal, a plain line now and then elsewhere. Used by one thread. */
final class ProgressDisplay {

    private final Supplier<String> pace;
    private final String before;
    private final Cadence cadence;
    private final Map<TableName, Headway> tables = new LinkedHashMap<>();

    /**
     * @param values about how many each table holds; empty where it is not known
     * @param before what goes on until every row that was there at first has been read
     * @param pace says how many requests to KMS there have been, and what limits the rate
     */
    ProgressDisplay(Console console, Map<TableName, OptionalLong> values, String before, Supplier<String> pace) {
        this.before = before;
        this.pace = pace;
        cadence = new Cadence(console, Duration.ZERO);
        values.forEach((table, total) -> tables.put(table, new Headway(total, console.isTerminal())));
    }

    /** Draws, if it is time to. */
    void show(RunProgress progress, Optional<String> trouble) {
        if (!cadence.isDue()) {
            return;
        }
        long now = System.nanoTime();
        List<String> lines = new ArrayList<>();
        Map<TableName, Counts> counts = progress.byTable();
        tables.forEach(
                (table, headway) -> lines.add(line(table, headway, counts.getOrDefault(table, Counts.NONE), now)));
        lines.add("  " + phase(progress) + trouble.map(text -> "; " + text).orElse(""));
        cadence.show(lines);
    }

    private static String line(TableName table, Headway headway, Counts counts, long now) {
        return "  " + table + "  " + headway.words(counts.settled(), now)
                + (counts.get(Counter.DEAD_LETTERED) > 0
                        ? ", " + Figures.count(counts.get(Counter.DEAD_LETTERED)) + " dead-lettered"
                        : "");
    }

    private String phase(RunProgress progress) {
        String state = progress.sweep()
                .map(ProgressDisplay::found)
                .orElse(progress.snapshotComplete() ? "snapshot read; applying, then sweeping" : before);
        return state
                + Optional.of(pace.get())
                        .filter(now -> !now.isEmpty())
                        .map(now -> "; " + now)
                        .orElse("");
    }

    private static String found(Progress.Sweep sweep) {
        if (sweep.drained()) {
            return "drained: no value is under a source key (sweep " + sweep.number() + ")";
        }
        return sweep.caughtUp()
                ? "caught up; the application still writes under a source key (sweep " + sweep.number() + ")"
                : Figures.count(sweep.remainingValues()) + " values remain, of which "
                        + Figures.count(sweep.deadLettered()) + " are dead-lettered (sweep " + sweep.number() + ")";
    }
}
