package io.keyferry.sink;

import io.keyferry.database.Database;
import io.keyferry.model.KeyFerryException;
import io.keyferry.model.Migration;
import io.keyferry.model.Stage;
import io.keyferry.model.TableLayout;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Stage 3: applies the journal by compare-and-set, and sweeps for what snapshot and CDC did not bring. */
public final class SinkStage implements Stage {

    private static final Logger log = LoggerFactory.getLogger(SinkStage.class);
    private static final long CLOSE_MILLIS = 8_000;

    private final Migration migration;
    private final List<TableLayout> layouts;
    private final Database database;
    private final Map<String, Object> kafka;
    private final Pause pause = new Pause();
    private final CompletableFuture<Void> ended = new CompletableFuture<>();
    private final Thread apply = new Thread(() -> keepRunning("sink", this::applyJournal), "keyferry-sink");
    private final Thread sweep = new Thread(() -> keepRunning("sweep", this::sweepTables), "keyferry-sweep");
    /** Values of unknown layout that KMS said are under the target key; they outlive a lost connection. */
    private final Set<DeadLetterIndex.StoredValue> done = new HashSet<>();

    /**
     * @param layouts of the migration's tables
     * @param kafka client properties: bootstrap.servers, security
     */
    public SinkStage(Migration migration, List<TableLayout> layouts, Database database, Map<String, Object> kafka) {
        this.migration = migration;
        this.layouts = List.copyOf(layouts);
        this.database = database;
        this.kafka = Map.copyOf(kafka);
    }

    @Override
    public void start() {
        apply.start();
        sweep.start();
    }

    @Override
    public CompletableFuture<Void> ended() {
        return ended;
    }

    private interface Work {
        void run() throws SQLException;
    }

    private void applyJournal() throws SQLException {
        try (ApplySession session = new ApplySession(migration, layouts, database, kafka, pause)) {
            session.open();
            while (!pause.isOver()) {
                session.applyNext();
            }
        }
    }

    private void sweepTables() throws SQLException {
        try (Sweeper sweeper = new Sweeper(migration, layouts, database, kafka, done, pause)) {
            sweeper.run();
        }
    }

    /** What a new connection can cure is tried again for as long as it takes; anything else ends the stage. */
    private void keepRunning(String part, Work work) {
        Duration wait = Duration.ofMillis(100);
        while (!pause.isOver()) {
            try {
                work.run();
            } catch (Pause.StageStopping e) {
                return;
            } catch (KeyFerryException e) {
                ended.completeExceptionally(e);
                return;
            } catch (SQLException e) {
                if (DatabaseTrouble.of(e) == DatabaseTrouble.FATAL) {
                    ended.completeExceptionally(new KeyFerryException(
                            "The database refuses the " + part + ": " + e.getMessage()
                                    + ". Correct this and run again; nothing is lost.",
                            e));
                    return;
                }
                log.warn("The {} lost its connection to the database and tries again: {}", part, e.getMessage());
            } catch (AuthenticationException | AuthorizationException e) {
                ended.completeExceptionally(
                        new KeyFerryException("Kafka refuses the " + part + ": " + e.getMessage(), e));
                return;
            } catch (KafkaException e) {
                log.warn("The {} lost its connection to Kafka and tries again: {}", part, e.getMessage());
            } catch (RuntimeException e) {
                log.error("The {} failed", part, e);
                ended.completeExceptionally(e);
                return;
            }
            try {
                wait = pause.longer(wait);
            } catch (Pause.StageStopping e) {
                return;
            }
        }
    }

    @Override
    public void close() {
        pause.end();
        try {
            apply.join(CLOSE_MILLIS);
            sweep.join(CLOSE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        ended.complete(null);
    }
}
