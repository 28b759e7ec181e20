package io.keyferry.benchmark;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Threads that work until they are no longer wanted; what one of them fails with is told by {@link #check}. */
final class Workers implements AutoCloseable {

    private final Queue<Thread> threads = new ConcurrentLinkedQueue<>();
    private volatile boolean wanted = true;
    private volatile Exception failure;

    /** What a thread does; it ends by itself once {@link #areWanted} says no. */
    interface Work {
        void run() throws Exception;
    }

    void start(String name, Work work) {
        Thread thread = new Thread(
                () -> {
                    try {
                        work.run();
                    } catch (Exception e) {
                        failure = e;
                    }
                },
                name);
        thread.setDaemon(true);
        threads.add(thread);
        thread.start();
    }

    boolean areWanted() {
        return wanted && failure == null;
    }

    /** Fails where one of them has failed. */
    void check() {
        if (failure != null) {
            throw new IllegalStateException("the load of the benchmark has failed", failure);
        }
    }

    /** Lets them end, and waits for that. */
    @Override
    public void close() {
        wanted = false;
        try {
            for (Thread thread : threads) {
                thread.join();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
