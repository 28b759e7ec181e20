package io.keyferry.model;

import java.util.concurrent.CompletableFuture;

/** One of the three stages, running on threads of its own. */
public interface Stage extends AutoCloseable {

    /** Starts the stage and returns; what goes wrong later is told by {@link #ended()}. */
    void start();

    /** Completes when the stage has been closed, and fails with what keeps it from going on. */
    CompletableFuture<Void> ended();

    /** How it is now; answers at once, whatever the stage waits for. Safe for many threads. */
    StageHealth health();

    /** Stops cleanly: what was handed on durably is recorded as done, the rest will be read again. */
    @Override
    void close();
}
