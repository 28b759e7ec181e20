package io.keyferry.snapshot;

import io.debezium.engine.ChangeEvent;
import io.debezium.engine.DebeziumEngine;
import io.debezium.engine.format.JsonByteArray;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Properties;
import java.util.UUID;
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
    private static final Duration ASK_AGAIN = Duration.ofMillis(100);

    private final CompletableFuture<Void> ended = new CompletableFuture<>();
    private final DebeziumEngine<ChangeEvent<byte[], byte[]>> engine;
    private volatile boolean reading;

    private EngineRun(Properties settings, ChangePublisher publisher) {
        engine = DebeziumEngine.create(JsonByteArray.class)
                .using(settings)
                .using(this::completed)
                .using(new DebeziumEngine.ConnectorCallback() {
                    @Override
                    public void pollingStarted() {
                        reading = true;
                    }
                })
                .notifying(publisher)
                .build();
    }

    static EngineRun start(Properties settings, ChangePublisher publisher) {
        EngineRun run = new EngineRun(settings, publisher);
        run.onThread("keyferry-snapshot-engine", run::run);
        return run;
    }

    private void onThread(String name, Runnable work) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        thread.start();
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

    /** Asks the engine for something while it runs. */
    interface Signals {

        /**
         * @param type Debezium's word for it
         * @param data JSON
         * @throws RuntimeException where the engine takes no signal now; a later one may be taken
         */
        void send(String type, String data);
    }

    Signals signals() {
        return (type, data) -> engine.getSignaler()
                .signal(new DebeziumEngine.Signal(UUID.randomUUID().toString(), type, data, Map.of()));
    }

    /** Whether the slot exists and rows or changes are being read. */
    boolean isReading() {
        return reading;
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
        onThread("keyferry-snapshot-engine-stop", this::stop);
        try {
            if (!awaitEnd(STOP)) {
                log.warn("Debezium's engine has not stopped within {} s; it is left behind", STOP.toSeconds());
            }
        } catch (ExecutionException e) {
            log.debug("the engine ended while it was being stopped", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** An engine that is stopped before it polls leaves behind what its start had not made yet. */
    private void stop() {
        try {
            while (!reading) {
                if (ended.isDone()) {
                    return;
                }
                Thread.sleep(ASK_AGAIN.toMillis());
            }
            engine.close();
        } catch (IllegalStateException e) {
            log.debug("the engine stops by itself", e);
        } catch (IOException e) {
            log.warn("Debezium's engine does not stop cleanly", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
