package io.keyferry.kms;

import java.time.Duration;

/** Time as the decorators see it: a clock, and something to be done later. */
interface Timer extends AutoCloseable {

    /** Nanoseconds since some moment. */
    long nanos();

    /** Runs the task once, not before the delay is over; at once, on the caller's thread, where the timer is closed. */
    void after(Duration delay, Runnable task);

    @Override
    void close();
}
