package io.keyferry.cli.terminal;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;

/** How fast a count grows, over the last while. Used by one thread. */
public final class RateOver {

    private final long nanos;
    private final Deque<Reading> readings = new ArrayDeque<>();

    private record Reading(long nanos, long count) {}

    public RateOver(Duration lastWhile) {
        nanos = lastWhile.toNanos();
    }

    /**
     * Takes a reading.
     *
     * @param now of {@link System#nanoTime}
     * @return how much it grows a second
     */
    public double after(long now, long count) {
        readings.addLast(new Reading(now, count));
        while (now - readings.getFirst().nanos() > nanos) {
            readings.removeFirst();
        }
        Reading first = readings.getFirst();
        double seconds = (now - first.nanos()) / 1e9;
        return seconds > 0 ? (count - first.count()) / seconds : 0;
    }
}
