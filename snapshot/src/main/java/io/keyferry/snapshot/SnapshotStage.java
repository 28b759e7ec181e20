package io.keyferry.snapshot;

import io.keyferry.database.Database;
import io.keyferry.model.KeyFerryException;
import io.keyferry.model.Migration;
import io.keyferry.model.Stage;
import io.keyferry.model.StageHealth;
import io.keyferry.model.TableLayout;
import io.keyferry.model.Topics;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stage 1: brings every row of the migrated tables, and then every change, to the change topics. It waits for its turn
 * while another instance is active, and starts Debezium's engine again after every trouble that may pass.
 */
public final class SnapshotStage implements Stage {

    private static final Logger log = LoggerFactory.getLogger(SnapshotStage.class);

    private static final Duration TURN = Duration.ofSeconds(1);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);
    private static final Duration STEADY = Duration.ofMinutes(1);
    private static final int UNKNOWN_FAILURES = 8;
    /** Longer than Debezium's engine takes where database and Kafka answer; what it has not stored is read again. */
    private static final Duration CLOSE = Duration.ofSeconds(6);

    private final String migration;
    private final String slot;
    private final Database database;
    private final EngineTurn engineTurn;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final CompletableFuture<Void> ended = new CompletableFuture<>();
    private final Thread thread = new Thread(this::run, "keyferry-snapshot");
    private final MeterRegistry meters;
    private volatile StageHealth health = StageHealth.waiting("starting");

    /** A stage that is neither measured nor paused. */
    public SnapshotStage(
            Migration migration,
            List<TableLayout> layouts,
            Database database,
            Map<String, Object> kafkaClientProperties) {
        this(migration, layouts, database, kafkaClientProperties, new CompositeMeterRegistry(), () -> false);
    }

    /**
     * A stage that is yet to be started. Its topics must exist.
     *
     * @param layouts of every table of the migration
     * @param kafkaClientProperties {@code bootstrap.servers}, security and the like, as text, for every Kafka client
     * @param paused whether nothing is to be handed on at present
     * @throws KeyFerryException where the database's URL, or a name, is one that Debezium cannot follow
     */
    public SnapshotStage(
            Migration migration,
            List<TableLayout> layouts,
            Database database,
            Map<String, Object> kafkaClientProperties,
            MeterRegistry meters,
            BooleanSupplier paused) {
        EngineConnections.check(database.address());
        layouts.forEach(ExactName::check);
        this.migration = migration.name();
        this.meters = meters;
        this.slot = new Topics(migration.name()).slot();
        this.database = database;
        this.engineTurn = new EngineTurn(
                migration, layouts, database, kafkaClientProperties, closing, meters, paused, now -> health = now);
        thread.setDaemon(true);
    }

    @Override
    public void start() {
        thread.start();
    }

    @Override
    public CompletableFuture<Void> ended() {
        return ended.copy();
    }

    @Override
    public StageHealth health() {
        if (ended.isCompletedExceptionally()) {
            return StageHealth.failed("it has failed; the process ends and says why");
        }
        return closing.getCount() == 0 ? StageHealth.waiting("stopping") : health;
    }

    private void run() {
        try (DebeziumMeters engines = new DebeziumMeters(migration, meters)) {
            engines.follow();
            int failures = 0;
            while (closing.getCount() > 0) {
                long begun = System.nanoTime();
                try {
                    takeTurn();
                    failures = 0;
                } catch (SQLException | RuntimeException | EngineTurn.EngineFailure e) {
                    boolean steady = System.nanoTime() - begun > STEADY.toNanos();
                    failures = steady ? 1 : failures + 1;
                    pauseAfter(e, failures);
                }
            }
            ended.complete(null);
        } catch (InterruptedException e) {
            ended.complete(null);
        } catch (RuntimeException | Error e) {
            log.error("the snapshot stage has ended: {}", e.getMessage());
            ended.completeExceptionally(e);
        }
    }

    /** Waits until this is the active instance, and runs engines for as long as it is. */
    private void takeTurn() throws SQLException, InterruptedException, EngineTurn.EngineFailure {
        boolean told = false;
        long begun = System.nanoTime();
        while (closing.getCount() > 0) {
            Optional<ActiveLock> lock = ActiveLock.tryAcquire(database, slot);
            if (lock.isPresent()) {
                health = StageHealth.waiting("looking at publication, slot and stored position");
                if (told) {
                    log.info(
                            "the other instance has ended; this one is active now, after waiting for {} s",
                            Duration.ofNanos(System.nanoTime() - begun).toSeconds());
                }
                try (ActiveLock held = lock.get()) {
                    engineTurn.run(held);
                }
                return;
            }
            health = StageHealth.ready("another instance is active; this one takes over when it ends");
            if (!told) {
                log.info("another instance is active; this one takes over when it ends");
                told = true;
            }
            closing.await(TURN.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    private void pauseAfter(Exception error, int failures) throws InterruptedException {
        if (closing.getCount() == 0) {
            log.debug("failed while closing", error);
            return;
        }
        Optional<KeyFerryException> known = Trouble.beyondRetry(error);
        if (known.isPresent()) {
            throw known.get();
        }
        if (!Trouble.isOutage(error) && failures >= UNKNOWN_FAILURES) {
            throw new KeyFerryException(
                    "the snapshot stage failed " + failures + " times in a row: " + Trouble.describe(error), error);
        }
        long pause = Math.min(LONGEST_PAUSE.toMillis(), FIRST_PAUSE.toMillis() << Math.min(failures - 1, 10));
        log.warn("the snapshot stage starts again in {} ms: {}", pause, Trouble.describe(error));
        // what Debezium says of anything else may quote a row
        health = StageHealth.waiting("it starts again after trouble"
                + (Trouble.isOutage(error) ? ": " + Trouble.describe(error) : ", which the log tells"));
        log.debug("the cause", error);
        closing.await(pause, TimeUnit.MILLISECONDS);
    }

    @Override
    public void close() {
        closing.countDown();
        if (!thread.isAlive()) {
            ended.complete(null);
            return;
        }
        try {
            thread.join(CLOSE.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (thread.isAlive()) {
            log.warn("the snapshot stage has not ended within {} s", CLOSE.toSeconds());
            thread.interrupt();
        }
    }
}
