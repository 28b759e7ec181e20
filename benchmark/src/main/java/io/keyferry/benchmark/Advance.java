package io.keyferry.benchmark;

import java.util.ArrayList;
import java.util.List;

/** How many of some things were done at which moments, and so how fast. Safe for many threads. */
final class Advance {

    private final int all;
    private final List<Look> looks = new ArrayList<>();

    private record Look(long nanos, int done) {}

    Advance(int all) {
        this.all = all;
    }

    int all() {
        return all;
    }

    /** So many were done at this moment of {@link System#nanoTime()}. */
    synchronized void seen(long nanos, int done) {
        looks.add(new Look(nanos, done));
    }

    /** Whether more than this share has been seen done. */
    synchronized boolean isPast(double share) {
        return looks.stream().anyMatch(look -> look.done() > all * share);
    }

    synchronized boolean isOver() {
        return !looks.isEmpty() && looks.get(looks.size() - 1).done() >= all;
    }

    /** The share of all that is done in a second, from the first look with more than this share done until all were. */
    synchronized double sharePerSecond(double after) {
        Look first = look(all * after, false);
        Look last = look(all, true);
        // what was done by the first look has not been done since
        return (last.done() - first.done()) / (double) all / ((last.nanos() - first.nanos()) / 1e9);
    }

    private Look look(double done, boolean orAsMany) {
        return looks.stream()
                .filter(look -> look.done() > done || orAsMany && look.done() == done)
                .findFirst()
                .orElseThrow(() -> new BenchmarkException("never were more than " + done + " of " + all + " done"));
    }
}
