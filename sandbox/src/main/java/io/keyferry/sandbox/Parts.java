package io.keyferry.sandbox;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;

/** The parts of the sandbox: each starts and stops on a thread of its own, since each takes seconds. */
final class Parts implements AutoCloseable {

    private final List<Part> parts = new ArrayList<>();

    private record Part(String name, CompletableFuture<? extends AutoCloseable> started) {}

    <T extends AutoCloseable> CompletableFuture<T> start(String name, Supplier<T> start) {
        CompletableFuture<T> started =
                CompletableFuture.supplyAsync(start, task -> new Thread(task, "start " + name).start());
        parts.add(new Part(name, started));
        return started;
    }

    /** Waits for a part; fails with what kept it from starting. */
    static <T> T started(CompletableFuture<T> part) {
        try {
            return part.join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof SandboxException known
                    ? known
                    : new SandboxException(
                            "the sandbox does not start: " + e.getCause().getMessage(), e.getCause());
        }
    }

    /** Stops what has started, and what is still starting once it has; parts that failed to start have cleaned up. */
    @Override
    public void close() {
        List<CompletableFuture<Void>> stopping = parts.stream().map(Parts::stop).toList();
        SandboxException failure = null;
        for (int i = 0; i < stopping.size(); i++) {
            try {
                stopping.get(i).join();
            } catch (CompletionException e) {
                SandboxException next =
                        new SandboxException(parts.get(i).name() + " of the sandbox does not stop", e.getCause());
                if (failure == null) {
                    failure = next;
                } else {
                    failure.addSuppressed(next);
                }
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    /** Closes because of a failure, which stays the one that is told. */
    void closeAfter(RuntimeException failure) {
        try {
            close();
        } catch (SandboxException e) {
            failure.addSuppressed(e);
        }
    }

    private static CompletableFuture<Void> stop(Part part) {
        return part.started()
                .handle((running, failed) -> running)
                .thenAcceptAsync(
                        running -> {
                            try {
                                if (running != null) {
                                    running.close();
                                }
                            } catch (Exception e) {
                                throw new CompletionException(e);
                            }
                        },
                        task -> new Thread(task, "stop " + part.name()).start());
    }
}
