package io.keyferry.sink;

import io.keyferry.database.Database;
import io.keyferry.model.Migration;
import io.keyferry.model.Progress;
import io.keyferry.model.SnapshotMode;
import io.keyferry.model.TableLayout;
import io.keyferry.model.Topics;
import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * Sweeps the tables again and again, as long as it holds the migration's sweep lock, and tells the progress topic what
 * each pass found. Used by one thread; after any failure it is closed and another one opened.
 */
final class Sweeper implements AutoCloseable {

    private static final Duration LOCK_RETRY = Duration.ofSeconds(1);
    private static final Duration SOON = Duration.ofMillis(500);
    private static final Duration GENTLY = Duration.ofSeconds(15);

    private final Topics topics;
    private final Pause pause;
    private final Connection connection;
    private final Feeder feeder;
    private final PipelineBarrier barrier;
    private final ProgressReader progress;
    private final Resources resources = new Resources();
    private final SweepPass.Parts parts;
    private final FirstReading firstReading;
    private final ConnectorStream connectorStream;
    private boolean begun;

    Sweeper(
            Migration migration,
            List<TableLayout> layouts,
            Database database,
            Map<String, Object> kafka,
            Set<ByteBuffer> done,
            Pause pause)
            throws SQLException {
        this.pause = pause;
        topics = new Topics(migration.name());
        DeadLetterIndex deadLetters;
        GroupProgress groups;
        try {
            connection = resources.add(database.connect("sweep"));
            feeder = resources.add(new Feeder(kafka));
            barrier = resources.add(new PipelineBarrier(migration, kafka, pause));
            groups = resources.add(new GroupProgress(kafka));
            progress = resources.add(new ProgressReader(topics.progress(), kafka));
            deadLetters = resources.add(new DeadLetterIndex(topics.deadLetters(), new ValueSettings(migration), kafka));
        } catch (SQLException | RuntimeException e) {
            resources.close();
            throw e;
        }
        parts = new SweepPass.Parts(
                migration,
                layouts,
                connection,
                barrier,
                progress,
                deadLetters,
                new SweepFormat(topics.sweep()),
                feeder::send,
                done,
                pause);
        FeedingWindow window =
                new FeedingWindow(new PipelineBacklog(migration, groups, System::nanoTime), System::nanoTime, pause);
        firstReading = new FirstReading(parts, window, topics.progress());
        connectorStream = new ConnectorStream(parts, topics.progress());
    }

    /** Sweeps until the stage stops. */
    void run() throws SQLException {
        RowReader.settle(connection);
        while (!takeLock()) {
            pause.sleep(LOCK_RETRY);
        }
        while (true) {
            pause.awaitResumed();
            if (awaitSnapshot()) {
                // before what was read has been applied, everything would look as if it had been missed
                barrier.await(connection);
            }
            progress.readToEnd();
            long number = progress.sweep().map(Progress.Sweep::number).orElse(0L) + 1;
            long begun = System.nanoTime();
            Duration waited = waited();
            Optional<Progress.Sweep> found = new SweepPass(parts).run(number);
            found.ifPresent(
                    sweep -> feeder.send(List.of(new ProducerRecord<>(topics.progress(), sweep.key(), sweep.value()))));
            // waiting for the pipeline, or for the operator, is no work for the database
            Duration worked = Duration.ofNanos(System.nanoTime() - begun).minus(waited().minus(waited));
            // a fifth of the time at work at the most, and seldom where there is nothing to find
            boolean idle = found.filter(sweep -> sweep.drained() || sweep.onlyDeadLettersRemain())
                    .isPresent();
            pause.sleep(max(worked.multipliedBy(4), idle ? GENTLY : SOON));
        }
    }

    private Duration waited() {
        return barrier.waited().plus(pause.stoodStill());
    }

    /** Returns when every row that was there at first is on a topic; whether there was anything to wait for. */
    private boolean awaitSnapshot() throws SQLException {
        boolean waited = !begun;
        begun = true;
        while (!isSnapshotComplete()) {
            waited = true;
            pause.sleep(SOON);
        }
        return waited;
    }

    private boolean isSnapshotComplete() throws SQLException {
        if (parts.migration().snapshot() == SnapshotMode.SWEEP) {
            if (parts.migration().changes().isPresent()) {
                connectorStream.tell(connection);
            }
            return firstReading.run();
        }
        progress.readToEnd();
        return progress.snapshot().filter(Progress.Snapshot::complete).isPresent();
    }

    private static Duration max(Duration one, Duration other) {
        return one.compareTo(other) > 0 ? one : other;
    }

    private boolean takeLock() throws SQLException {
        try (PreparedStatement lock =
                connection.prepareStatement("SELECT pg_try_advisory_lock(hashtext('keyferry sweep ' || ?), 0)")) {
            lock.setString(1, topics.slot());
            try (ResultSet row = lock.executeQuery()) {
                row.next();
                return row.getBoolean(1);
            }
        }
    }

    @Override
    public void close() {
        resources.close();
    }
}
