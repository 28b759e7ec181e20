package io.keyferry.cli.campaign;

import io.keyferry.model.Counter;
import io.keyferry.model.Counts;
import io.keyferry.model.Progress;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/** Tells on standard output what happens, as it happens, and fails where a promise is broken. */
final class Report {

    private static final int EXAMPLES = 10;

    private final long begun = System.nanoTime();
    private final TreeMap<String, Integer> kinds = new TreeMap<>();
    private int faults;
    private long writes;
    private long lost;
    private long stale;
    private long unaccounted;

    private double seconds() {
        return (System.nanoTime() - begun) / 1e9;
    }

    void line(String text, Object... arguments) {
        System.out.printf("%7.1f s  %s%n", seconds(), text.formatted(arguments));
    }

    void begin(long seed, int count) {
        line("faults.seed=%d faults.count=%d", seed, count);
    }

    void fault(Fault fault) {
        faults++;
        kinds.merge(fault.name().replaceAll("-[12]$", ""), 1, Integer::sum);
        line("%4d  %s", faults, fault);
    }

    void verdict(Verdict verdict, Accounts accounts, Ledger ledger) {
        Counts told = accounts.told();
        long off = accounts.unaccounted();
        long letters = accounts.deadLetters();
        writes = ledger.writes();
        lost += verdict.lost().size();
        stale += verdict.stale().size();
        unaccounted += off;
        line(
                "%d rows, %d writes: lost=%d stale=%d unaccounted=%d dead letters=%d; seen=%d rewritten=%d"
                        + " alreadyTarget=%d superseded=%d empty=%d",
                ledger.rows().size(),
                writes,
                verdict.lost().size(),
                verdict.stale().size(),
                off,
                letters,
                told.get(Counter.SEEN),
                told.get(Counter.REWRITTEN),
                told.get(Counter.ALREADY_TARGET),
                told.get(Counter.SUPERSEDED),
                told.get(Counter.EMPTY));
        if (!verdict.lost().isEmpty() || !verdict.stale().isEmpty() || off != 0 || letters != 0) {
            summary();
            throw new AssertionError("lost " + some(verdict.lost()) + ", stale " + some(verdict.stale())
                    + ", unaccounted " + off + ", dead letters " + letters);
        }
    }

    private static List<String> some(List<String> all) {
        return all.subList(0, Math.min(EXAMPLES, all.size()));
    }

    void stuck(Optional<Progress.Sweep> sweep, Counts told) {
        summary();
        throw new AssertionError("not drained: " + sweep + ", " + told);
    }

    /** The last line is for scripts. */
    void summary() {
        kinds.forEach((kind, count) -> System.out.printf("%6d × %s%n", count, kind));
        System.out.printf(
                "faults=%d writes=%d lost=%d stale=%d unaccounted=%d seconds=%.0f%n",
                faults, writes, lost, stale, unaccounted, seconds());
    }
}
