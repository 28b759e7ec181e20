package io.keyferry.stream;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;

/** Tells failures that happen now and then from one that comes back at every start. Safe for many threads. */
final class UnknownFailures {

    private static final int MOST = 8;
    private static final long WITHIN_NANOS = Duration.ofMinutes(2).toNanos();

    private final Deque<Long> times = new ArrayDeque<>();

    /** Notes one more; whether to go on all the same. */
    synchronized boolean isTolerable() {
        long now = System.nanoTime();
        times.addLast(now);
        times.removeIf(time -> now - time > WITHIN_NANOS);
        return times.size() < MOST;
    }
}
