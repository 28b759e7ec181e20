package io.keyferry.kms;

import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** The system's clock and one daemon thread, on which waiting calls are started: they do not block. */
final class ThreadTimer implements Timer {

    private final ScheduledThreadPoolExecutor executor = new ScheduledThreadPoolExecutor(1, task -> {
        Thread thread = new Thread(task, "keyferry-kms-timer");
        thread.setDaemon(true);
        return thread;
    });

    @Override
    public long nanos() {
        return System.nanoTime();
    }

    @Override
    public void after(Duration delay, Runnable task) {
        try {
            executor.schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException closed) {
            // The task finds that its service is closed, and fails the calls it is for: they must not wait for ever.
            task.run();
        }
    }

    @Override
    public void close() {
        executor.shutdownNow();
    }
}
