package io.keyferry.snapshot;

import io.keyferry.database.Database;
import io.keyferry.model.KeyFerryException;
import io.keyferry.model.Migration;
import io.keyferry.model.StageHealth;
import io.keyferry.model.TableLayout;
import io.keyferry.model.TableName;
import io.keyferry.model.Topics;
import io.micrometer.core.instrument.MeterRegistry;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLTransientException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the active instance does: prepares the database, runs an engine and watches over it. One thread owns it. */
final class EngineTurn {

    private static final Logger log = LoggerFactory.getLogger(EngineTurn.class);

    private static final Duration WATCH = Duration.ofMillis(500);
    private static final int LOOK_CLOSER_EVERY = 10;

    private final Topics topics;
    private final List<TableLayout> layouts;
    private final Database database;
    private final Map<String, Object> kafkaClientProperties;
    private final CountDownLatch closing;
    private final Publication publication;
    private final EchoFilter echoFilter;
    private final StartingPoint startingPoint;
    private final EngineSettings settings;
    private final MeterRegistry meters;
    private final BooleanSupplier paused;
    private final Consumer<StageHealth> health;

    /**
     * @param paused whether nothing is to be handed on at present
     * @param health is told how it is, again and again
     */
    EngineTurn(
            Migration migration,
            List<TableLayout> layouts,
            Database database,
            Map<String, Object> kafkaClientProperties,
            CountDownLatch closing,
            MeterRegistry meters,
            BooleanSupplier paused,
            Consumer<StageHealth> health) {
        this.topics = new Topics(migration.name());
        this.layouts = List.copyOf(layouts);
        this.database = database;
        this.kafkaClientProperties = Map.copyOf(kafkaClientProperties);
        this.closing = closing;
        this.meters = meters;
        this.paused = paused;
        this.health = health;
        this.publication = new Publication(topics.slot(), layouts);
        this.echoFilter = new EchoFilter(topics.slot(), layouts);
        this.startingPoint = new StartingPoint(migration, kafkaClientProperties);
        this.settings = new EngineSettings(migration, layouts, database, kafkaClientProperties);
    }

    /** The engine ended with the cause of this. */
    static final class EngineFailure extends Exception {

        private EngineFailure(Throwable cause) {
            super(cause);
        }
    }

    /** Runs engines, one after the other, until the stage closes; fails with what ended the last one. */
    void run(ActiveLock lock) throws SQLException, InterruptedException, EngineFailure {
        while (closing.getCount() > 0) {
            Connection connection = lock.connection();
            requirePrimaryWithLogicalWal(connection);
            int version = connection.getMetaData().getDatabaseMajorVersion();
            ServerHistory server = server(version);
            // before a table is published: whatever fails after that, its rows will be read
            Set<TableName> unpublished = publication.unpublished(connection);
            Publication.Outcome outcome =
                    publication.ensure(connection, () -> startingPoint.demandReading(unpublished));
            SnapshotProgress progress = startingPoint.prepare(connection, server, outcome);
            Optional<String> obstacle = echoFilter.obstacle(connection);
            log.info(
                    "changes with a replication origin are {}",
                    obstacle.map(reason -> "read: " + reason).orElse("left on the server"));
            try (ChangePublisher publisher =
                            new ChangePublisher(topics, layouts, progress, kafkaClientProperties, paused);
                    EngineRun engine = EngineRun.start(settings.properties(version, obstacle.isEmpty()), publisher)) {
                try {
                    watch(lock, engine, publisher, progress, obstacle.isEmpty());
                } finally {
                    publisher.stopping();
                }
            }
        }
    }

    private ServerHistory server(int version) throws SQLException {
        try (Connection replication = EngineConnections.replication(database, version)) {
            return ServerHistory.of(replication);
        }
    }

    /**
     * Returns when the engine must be started anew, or the stage closes. The lock's connection is asked all the time:
     * when it is gone another instance may begin, so whatever it throws ends the engine first.
     */
    private void watch(
            ActiveLock lock,
            EngineRun engine,
            ChangePublisher publisher,
            SnapshotProgress progress,
            boolean withoutEchoes)
            throws SQLException, InterruptedException, EngineFailure {
        Patience patience = new Patience();
        try (SlotMeters slot = new SlotMeters(topics.slot(), meters)) {
            for (int round = 1; closing.getCount() > 0; round++) {
                if (ended(engine)) {
                    throw new EngineFailure(new SQLTransientException("Debezium's engine stopped without an error"));
                }
                lock.verify();
                progress.steer(engine.signals(), lock.connection());
                patience.tell(engine, publisher);
                health.accept(Patience.health(engine, publisher));
                if (round % LOOK_CLOSER_EVERY == 0) {
                    slot.measure(lock.connection());
                    if (engine.isReading() && isWithoutSlot(lock.connection())
                            || isOutdated(lock.connection(), withoutEchoes)) {
                        return;
                    }
                }
            }
        }
        if (!engine.isReading()) {
            ReplicationSlot.cancelCreation(lock.connection(), topics.slot());
        }
    }

    private static boolean ended(EngineRun engine) throws InterruptedException, EngineFailure {
        try {
            return engine.awaitEnd(WATCH);
        } catch (ExecutionException e) {
            throw new EngineFailure(e.getCause());
        }
    }

    /** Debezium itself notices only once it has handed on what it had read before. */
    private boolean isWithoutSlot(Connection connection) throws SQLException {
        Optional<ReplicationSlot> slot = ReplicationSlot.find(connection, topics.slot());
        if (slot.isPresent() && slot.get().lost().isEmpty()) {
            return false;
        }
        log.warn("replication slot {} has been dropped or invalidated; reading starts again", topics.slot());
        return true;
    }

    private boolean isOutdated(Connection connection, boolean withoutEchoes) throws SQLException {
        if (!publication.fits(connection)) {
            log.warn(
                    "publication {} has been changed, or a table's replica identity; reading starts again",
                    topics.slot());
            return true;
        }
        Optional<String> obstacle = withoutEchoes ? echoFilter.obstacle(connection) : Optional.empty();
        obstacle.ifPresent(reason -> log.warn(
                "changes with a replication origin were left on the server until now, and are read from here on: {}."
                        + " What was written so since it appeared is found by the sweep",
                reason));
        return obstacle.isPresent();
    }

    private static void requirePrimaryWithLogicalWal(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(
                        "SELECT pg_is_in_recovery() AS standby, current_setting('wal_level') AS wal_level")) {
            row.next();
            if (row.getBoolean("standby")) {
                throw new SQLTransientException("the server is a standby, or still recovering");
            }
            if (!row.getString("wal_level").equals("logical")) {
                throw new KeyFerryException("the server's wal_level is " + row.getString("wal_level")
                        + ": set wal_level = logical (on RDS and Aurora: rds.logical_replication = 1) and restart the"
                        + " server");
            }
        }
    }
}
