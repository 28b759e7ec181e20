package io.keyferry.cli;

import io.keyferry.cli.terminal.Console;
import io.keyferry.cli.terminal.Figures;
import io.keyferry.cli.terminal.RateOver;
import io.keyferry.model.Counter;
import io.keyferry.model.Counts;
import io.keyferry.model.Progress;
import io.keyferry.model.TableName;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Supplier;

/** Shows a run: a bar a table on a terminal, a plain line now and then elsewhere. Used by one thread. */
final class ProgressDisplay {

    private static final int BAR = 24;
    private static final Duration REDRAW = Duration.ofMillis(500);
    private static final Duration LINE = Duration.ofSeconds(5);
    private static final Duration RATE_OVER = Duration.ofSeconds(10);

    private final Console console;
    private final Supplier<String> pace;
    private final Map<TableName, OptionalLong> values;
    private final Map<TableName, RateOver> rates = new HashMap<>();
    private long next = System.nanoTime();

    /**
     * @param values about how many each table holds; empty where it is not known
     * @param pace says how many requests to KMS there have been, and what limits the rate
     */
    ProgressDisplay(Console console, Map<TableName, OptionalLong> values, Supplier<String> pace) {
        this.console = console;
        this.pace = pace;
        this.values = values;
        values.keySet().forEach(table -> rates.put(table, new RateOver(RATE_OVER)));
    }

    /** Draws, if it is time to. */
    void show(RunProgress progress, Optional<String> trouble) {
        long now = System.nanoTime();
        if (now < next) {
            return;
        }
        next = now + (console.isTerminal() ? REDRAW : LINE).toNanos();
        List<String> lines = new ArrayList<>();
        Map<TableName, Counts> counts = progress.byTable();
        values.forEach((table, total) -> lines.add(line(table, total, counts.getOrDefault(table, Counts.NONE), now)));
        lines.add("  " + phase(progress) + trouble.map(text -> "; " + text).orElse(""));
        if (console.isTerminal()) {
            console.replace(lines);
        } else {
            lines.forEach(console::line);
        }
    }

    private String line(TableName table, OptionalLong total, Counts counts, long now) {
        long settled = counts.settled();
        double rate = rates.get(table).after(now, settled);
        String values = Figures.count(settled) + " values, " + Figures.count(Math.round(rate)) + "/s";
        return "  " + table + "  " + (total.isPresent() ? done(settled, total.getAsLong()) + "  " : "") + values
                + (total.isPresent() ? left(total.getAsLong() - settled, rate) : "")
                + (counts.get(Counter.DEAD_LETTERED) > 0
                        ? ", " + Figures.count(counts.get(Counter.DEAD_LETTERED)) + " dead-lettered"
                        : "");
    }

    private String done(long settled, long total) {
        double done = total == 0 ? 1 : Math.min(1, (double) settled / total);
        return (console.isTerminal() ? bar(done) + " " : "") + Figures.padded(String.valueOf((int) (done * 100)), 3)
                + "%";
    }

    private static String left(long values, double rate) {
        return values <= 0 || rate < 1
                ? ""
                : ", " + Figures.duration(Duration.ofSeconds(Math.round(values / rate))) + " left";
    }

    private static String bar(double done) {
        int full = (int) (done * BAR);
        return "█".repeat(full) + "░".repeat(BAR - full);
    }

    private String phase(RunProgress progress) {
        String state = progress.sweep()
                .map(ProgressDisplay::found)
                .orElse(
                        progress.snapshotComplete()
                                ? "snapshot read; applying, then sweeping"
                                : "reading the snapshot");
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
