package io.keyferry.sink;

import io.keyferry.database.Database;
import io.keyferry.model.KeyFerryException;
import io.keyferry.model.Migration;
import io.keyferry.model.Stage;
import io.keyferry.model.StageHealth;
import io.keyferry.model.TableLayout;
import io.keyferry.model.Topics;
import io.keyferry.model.UnreadableLimit;
import io.keyferry.model.pace.Cause;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import java.nio.ByteBuffer;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Stage 3: applies the journal by compare-and-set, and sweeps for what snapshot and CDC did not bring. */
public final class SinkStage implements Stage {

    private static final Logger log = LoggerFactory.getLogger(SinkStage.class);
    /** More than lock_timeout, so that a batch ends by itself; then what waits is broken off. */
    private static final Duration CLEAN_END = Duration.ofSeconds(3);

    private static final Duration BROKEN_OFF = Duration.ofSeconds(3);

    private static final String APPLYING = "sink";
    private static final String SWEEPING = "sweep";
    private static final String WATCHING = "watch over the database";

    private final Migration migration;
    private final List<TableLayout> layouts;
    private final OpenConnections database;
    private final Map<String, Object> kafka;
    private final UnreadableLimit unreadable;
    private final SinkMeters meters;
    private final SinkActivity activity = new SinkActivity(System::nanoTime);
    private final Pause pause;
    private final CompletableFuture<Void> ended = new CompletableFuture<>();
    private final SinkPace pace;
    private final List<Thread> threads = new ArrayList<>();
    /** Fingerprints of values of unknown layout that KMS said are under the target key; kept over a lost connection. */
    private final Set<ByteBuffer> done = new HashSet<>();

    /** A stage that is neither measured nor paused. */
    public SinkStage(Migration migration, List<TableLayout> layouts, Database database, Map<String, Object> kafka) {
        this(migration, layouts, database, kafka, new CompositeMeterRegistry(), () -> false, true);
    }

    /**
     * @param layouts of the migration's tables
     * @param kafka client properties: bootstrap.servers, security
     * @param paused whether nothing is to be written or read at present
     * @param sweeping whether to sweep: without, only what comes on the journal is done
     */
    public SinkStage(
            Migration migration,
            List<TableLayout> layouts,
            Database database,
            Map<String, Object> kafka,
            MeterRegistry meters,
            BooleanSupplier paused,
            boolean sweeping) {
        this.migration = migration;
        pause = new Pause(paused);
        this.layouts = List.copyOf(layouts);
        this.database = new OpenConnections(database);
        this.kafka = Map.copyOf(kafka);
        unreadable = new UnreadableLimit(migration.maxDeadLetters(), "rewrites");
        pace = new SinkPace(migration.limits(), System::nanoTime);
        this.meters = new SinkMeters(meters, pace);
        threads.add(new Thread(() -> keepRunning(APPLYING, this::applyJournal), "keyferry-sink"));
        if (sweeping) {
            threads.add(new Thread(() -> keepRunning(SWEEPING, this::sweepTables), "keyferry-sweep"));
        }
        threads.add(new Thread(() -> keepRunning(WATCHING, this::watchDatabase), "keyferry-pace"));
    }

    @Override
    public void start() {
        threads.forEach(Thread::start);
    }

    @Override
    public CompletableFuture<Void> ended() {
        return ended;
    }

    @Override
    public StageHealth health() {
        if (ended.isCompletedExceptionally()) {
            return StageHealth.failed("it has failed; the process ends and says why");
        }
        return pause.isOver() ? StageHealth.waiting("stopping") : activity.health();
    }

    /** What keeps the sink from applying rows faster at present, to follow <i>limited by</i>; empty where nothing does. */
    public Optional<String> limit() {
        return pace.limit();
    }

    /** The same as one word for all of its kind. */
    public Optional<Cause> limitedBy() {
        return pace.limitedBy();
    }

    private interface Work {
        void run() throws SQLException;
    }

    private void applyJournal() throws SQLException {
        activity.connects();
        try (ApplySession session =
                new ApplySession(migration, layouts, database, kafka, unreadable, pause, pace, meters, activity)) {
            session.open();
            while (!pause.isOver()) {
                session.applyNext();
                activity.well(APPLYING);
            }
        }
    }

    private void sweepTables() throws SQLException {
        try (Sweeper sweeper = new Sweeper(migration, layouts, database, kafka, done, pause)) {
            activity.well(SWEEPING);
            sweeper.run();
        }
    }

    private void watchDatabase() {
        new DatabaseWatch(migration, database, pace, pause).run();
    }

    /** What a new connection can cure is tried again for as long as it takes; anything else ends the stage. */
    private void keepRunning(String part, Work work) {
        try {
            Duration wait = Duration.ofMillis(100);
            while (!pause.isOver()) {
                tryToRun(part, work);
                wait = pause.longer(wait);
            }
        } catch (Pause.StageStopping e) {
            log.debug("The {} stops", part);
        } catch (RuntimeException | Error e) {
            if (!(e instanceof KeyFerryException)) {
                log.error("The {} failed", part, e);
            }
            ended.completeExceptionally(e);
            // the other part would go on with nobody to stop it
            pause.end();
        }
    }

    private void tryToRun(String part, Work work) {
        try {
            work.run();
        } catch (SQLException e) {
            DatabaseTrouble trouble = DatabaseTrouble.of(e);
            if (trouble == DatabaseTrouble.FATAL || trouble == DatabaseTrouble.DATA) {
                // what the server says of data may quote it
                String said = trouble == DatabaseTrouble.DATA ? "SQLSTATE " + e.getSQLState() : e.getMessage();
                throw new KeyFerryException(
                        "The database refuses the " + part + ": " + said
                                + ". Correct this and run again; nothing is lost.",
                        e);
            }
            tellUnlessStopping("lost its connection to the database and tries again", part, e);
        } catch (AuthenticationException | AuthorizationException e) {
            throw new KeyFerryException("Kafka refuses the " + part + ": " + e.getMessage(), e);
        } catch (KafkaException e) {
            if (e instanceof RecordTooLargeException || e.getCause() instanceof RecordTooLargeException) {
                throw new KeyFerryException(
                        "A record of the " + part + " is larger than Kafka accepts: raise max.message.bytes of the"
                                + " topics " + new Topics(migration.name()).sweep() + " and "
                                + new Topics(migration.name()).deadLetters() + ", and run again; nothing is lost.",
                        e);
            }
            tellUnlessStopping("lost its connection to Kafka and tries again", part, e);
        }
    }

    private void tellUnlessStopping(String what, String part, Exception e) {
        if (!pause.isOver()) {
            // Kafka's clients hide what is wrong with their configuration in the cause
            String why = e.getMessage()
                    + (e.getCause() == null || e.getCause().getMessage() == null
                            ? ""
                            : ": " + e.getCause().getMessage());
            log.warn("The {} {}: {}", part, what, why);
            activity.trouble(part, what + ": " + why.lines().findFirst().orElse(""));
        }
    }

    @Override
    public void close() {
        pause.end();
        try {
            if (!awaitThreads(CLEAN_END)) {
                threads.forEach(Thread::interrupt);
                database.abort();
                if (!awaitThreads(BROKEN_OFF)) {
                    log.warn("The sink is still waiting for the database or for Kafka; what it had not finished will"
                            + " be done again");
                }
            }
        } catch (SQLException e) {
            log.warn("A connection of the sink could not be broken off: {}", e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        ended.complete(null);
    }

    private boolean awaitThreads(Duration atMost) throws InterruptedException {
        long end = System.nanoTime() + atMost.toNanos();
        for (Thread thread : threads) {
            // whoever reacts to the end of the stage may close it on one of its own threads
            if (thread != Thread.currentThread()) {
                thread.join(Math.max(1, (end - System.nanoTime()) / 1_000_000));
            }
        }
        return threads.stream().noneMatch(thread -> thread.isAlive() && thread != Thread.currentThread());
    }
}
