package io.keyferry.stream;

import io.keyferry.model.DeadLetter;
import io.keyferry.model.KeyFerryException;
import io.keyferry.model.TableName;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Waits for KMS as long as it takes, unless the stage is to stop. */
final class Patience {

    private static final long LOOK_MILLIS = 100;

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
