package io.keyferry.stream;

import io.keyferry.model.DeadLetter;
import io.keyferry.model.KeyFerryException;
import io.keyferry.model.TableName;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Waits for KMS and for a schema registry as long as it takes, unless the stage is to stop. */
final class Patience {

    private static final Logger log = LoggerFactory.getLogger(Patience.class);
    private static final long LOOK_MILLIS = 100;
    private static final long TELL_NANOS = TimeUnit.SECONDS.toNanos(30);

    private volatile boolean over;

    /** From now on, what has no answer yet is given up: it will be read and asked again. */
    void end() {
        over = true;
    }

    /**
     * The outcome, as soon as it is there.
     *
     * @throws KeyFerryException where the key cannot be used
     * @throws StageStopping where the stage is to stop first
     */
    ColumnOutcome await(
            CompletableFuture<ColumnOutcome> outcome,
            TableName table,
            Map<String, String> key,
            DeadLetter.Position position) {
        while (true) {
            try {
                return outcome.get(LOOK_MILLIS, TimeUnit.MILLISECONDS);
            } catch (TimeoutException e) {
                if (over) {
                    throw new StageStopping();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new StageStopping();
            } catch (ExecutionException e) {
                if (over) {
                    throw new StageStopping();
                }
                throw failure(e.getCause(), table, key, position);
            }
        }
    }

    /**
     * What is read, as soon as the schema registry answers.
     *
     * @throws StageStopping where the stage is to stop first
     */
    <T> T untilReadable(Supplier<T> reading) {
        long told = 0;
        while (true) {
            try {
                T read = reading.get();
                if (told != 0) {
                    log.info("The schema registry answers again");
                }
                return read;
            } catch (RegistryUnavailableException e) {
                if (told == 0 || System.nanoTime() - told > TELL_NANOS) {
                    told = System.nanoTime();
                    log.warn(
                            "The schema registry does not answer ({}); the stream-processor waits for it, for as long as"
                                    + " it takes",
                            e.getMessage());
                }
            }
            rest();
        }
    }

    private void rest() {
        try {
            Thread.sleep(LOOK_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StageStopping();
        }
        if (over) {
            throw new StageStopping();
        }
    }

    private static RuntimeException failure(
            Throwable cause, TableName table, Map<String, String> key, DeadLetter.Position position) {
        String where = " (at " + table + " " + key + ", " + position + ")";
        return cause instanceof KeyFerryException known
                ? new KeyFerryException(known.getMessage() + where, known)
                : new IllegalStateException("Re-encryption failed" + where, cause);
    }

    /** The stage stops while a record waits for KMS: its transaction is aborted, and the record read again. */
    static final class StageStopping extends RuntimeException {

        private StageStopping() {
            super("the stream-processor stops");
        }
    }
}
