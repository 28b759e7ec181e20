package io.keyferry.benchmark;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * When operations are due that come at a steady rate, whether or not those before them have ended: what is late counts as
 * slow. Safe for many threads.
 */
final class Pace {

    private final double everyNanos;
    private final AtomicLong next = new AtomicLong();
    private final long begun;

    Pace(double perSecond) {
        this(perSecond, System.nanoTime());
    }

    Pace(double perSecond, long begun) {
        everyNanos = 1e9 / perSecond;
        this.begun = begun;
    }

    /** Takes the next operation and waits until it is due; the moment of {@link System#nanoTime()} when it was due. */
    long await() {
        long due = take();
        long wait = due - System.nanoTime();
        while (wait > 0 && !Thread.currentThread().isInterrupted()) {
            LockSupport.parkNanos(wait);
            wait = due - System.nanoTime();
        }
        return due;
    }

    /** When the next operation is due, which is then taken. */
    long take() {
        return begun + (long) (next.getAndIncrement() * everyNanos);
    }
}
