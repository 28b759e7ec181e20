package io.keyferry.snapshot;

import io.debezium.engine.ChangeEvent;
import io.debezium.engine.DebeziumEngine;
import io.debezium.engine.format.JsonByteArray;
import java.io.IOException;
import java.time.Duration;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One run of Debezium's engine on a thread of its own, from its start to its end. */
final class EngineRun implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(EngineRun.class);

    private static final Duration STOP = Duration.ofSeconds(20);
    private static final Duration STOP_AGAIN = Duration.ofMillis(100);

    private final CompletableFuture<Void> ended = new CompletableFuture<>();
    private final DebeziumEngine<ChangeEvent<byte[], byte[]>> engine;

    private EngineRun(Properties settings, ChangePublisher publisher) {
        engine = DebeziumEngine.create(JsonByteArray.class)
                .using(settings)
                .using(this::completed)
                .notifying(publisher)
                .build();
    }

    static EngineRun start(Properties settings, ChangePublisher publisher) {
        EngineRun run = new EngineRun(settings, publisher);
        Thread thread = new Thread(run::run, "keyferry-snapshot-engine");
        thread.setDaemon(true);
        thread.start();
        return run;
    }

    private void run() {
        try {
            engine.run();
            ended.complete(null);
        } catch (RuntimeException | Error e) {
            ended.completeExceptionally(e);
        }
    }

    private void completed(boolean success, String message, Throwable error) {
        if (!success) {
            ended.completeExceptionally(error == null ? new IllegalStateException(message) : error);
        }
    }

    /** Waits for the end of the engine, at most so long; true where it has ended by itself. */
    boolean awaitEnd(Duration atMost) throws InterruptedException, ExecutionException {
        try {
            ended.get(atMost.toMillis(), TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        }
    }

    /** Stops the engine: the offsets of what was handed on are stored, and the slot is let go of. */
    @Override
    public void close() {
        long deadline = System.nanoTime() + STOP.toNanos();
        requestStop(deadline);
        while (!ended.isDone() && System.nanoTime() < deadline) {
            try {
                awaitEnd(STOP_AGAIN);
            } catch (ExecutionException e) {
                log.debug("the engine ended while it was being stopped", e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
        if (!ended.isDone()) {
            log.warn("Debezium's engine has not stopped within {} s; it is left behind", STOP.toSeconds());
        }
    }

    private void requestStop(long deadline) {
        while (!ended.isDone() && System.nanoTime() < deadline) {
            try {
                engine.close();
                return;
            } catch (IllegalStateException e) {
                // an engine whose tasks are starting cannot be stopped, one that is stopping needs no second request
                log.debug("the engine cannot be stopped yet", e);
            } catch (IOException e) {
                log.warn("Debezium's engine does not stop cleanly", e);
                return;
            }
            try {
                Thread.sleep(STOP_AGAIN.toMillis());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }
}
