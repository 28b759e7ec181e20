package io.keyferry.snapshot;

import io.keyferry.model.Migration;
import io.keyferry.model.Progress;
import io.keyferry.model.SnapshotMode;
import io.keyferry.model.TableName;
import io.keyferry.model.Topics;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides, before an engine starts, whether it goes on where the last one stopped or takes a new snapshot, and clears
 * the way for the latter.
 *
 * <p>A new snapshot needs a new slot: only when Debezium makes the slot does its snapshot begin exactly where the slot
 * does.
 */
final class StartingPoint {

    private static final Logger log = LoggerFactory.getLogger(StartingPoint.class);

    private final Migration migration;
    private final Topics topics;
    private final CompactedTopic offsets;
    private final CompactedTopic progress;

    StartingPoint(Migration migration, Map<String, Object> kafkaClientProperties) {
        this.migration = migration;
        this.topics = new Topics(migration.name());
        this.offsets = new CompactedTopic(topics.offsets(), kafkaClientProperties);
        this.progress = new CompactedTopic(topics.progress(), kafkaClientProperties);
    }

    /**
     * Records, durably, that these tables must be read, of which not every change has been published until now: before it
     * is, so that whatever fails in between does not hide it.
     */
    void demandReading(Set<TableName> tables) {
        if (migration.snapshot() == SnapshotMode.INITIAL) {
            begin(StoredPosition.read(topics, offsets));
        } else {
            new SnapshotRecords(progress).takeBack(tables);
        }
    }

    /** Prepares the start; the progress given back says whether a snapshot is to come. */
    SnapshotProgress prepare(Connection connection, ServerHistory server, Publication.Outcome publication)
            throws SQLException {
        StoredPosition stored = StoredPosition.read(topics, offsets);
        Optional<ReplicationSlot> slot = ReplicationSlot.find(connection, topics.slot());
        Optional<String> reason = snapshotReason(connection, server, stored, slot, publication);
        if (reason.isEmpty()) {
            stored.note(server);
            log.info("changes are read from where the last run stopped");
            return migration.snapshot() == SnapshotMode.INITIAL
                    ? InitialProgress.ofCompletedSnapshot(topics, progress)
                    : readings(stored.offset().orElseThrow());
        }
        log.info("a snapshot is taken: {}", reason.get());
        SnapshotProgress begun = begin(stored);
        // after the old server's position is gone: it would pass for one of this server
        stored.note(server);
        if (slot.isPresent()) {
            slot.get().drop(connection);
        }
        return begun;
    }

    /** In this order a crash leaves a state that asks for a snapshot again. */
    private SnapshotProgress begin(StoredPosition stored) {
        SnapshotProgress begun = begin();
        stored.forget();
        return begun;
    }

    private SnapshotProgress begin() {
        if (migration.snapshot() == SnapshotMode.INITIAL) {
            return InitialProgress.ofNewSnapshot(topics, progress);
        }
        new SnapshotRecords(progress).takeBackAll();
        return readings(StoredOffset.NONE);
    }

    /** Of rows that are read while changes are streamed. */
    private SnapshotProgress readings(StoredOffset stored) {
        SnapshotRecords records = new SnapshotRecords(progress);
        Set<TableName> tables =
                migration.tables().stream().map(Migration.Table::name).collect(Collectors.toSet());
        StreamedTables streamed = new StreamedTables(topics.progress(), tables, records);
        return migration.snapshot() == SnapshotMode.SWEEP
                ? streamed
                : new IncrementalSnapshot(migration, streamed, records, stored);
    }

    private Optional<String> snapshotReason(
            Connection connection,
            ServerHistory server,
            StoredPosition stored,
            Optional<ReplicationSlot> slot,
            Publication.Outcome publication)
            throws SQLException {
        if (migration.snapshot() == SnapshotMode.INITIAL
                && publication == Publication.Outcome.COMPLETED
                && stored.server().isPresent()) {
            return Optional.of("publication " + topics.slot() + " did not cover every table and column");
        }
        if (stored.offset().isEmpty()) {
            return Optional.of("none has been taken yet");
        }
        StoredOffset offset = stored.offset().get();
        if (!offset.snapshotCompleted()) {
            return Optional.of("the last one was interrupted");
        }
        Optional<String> elsewhere = stored.server().flatMap(noted -> server.obstacle(noted, offset.position()));
        if (elsewhere.isPresent()) {
            return elsewhere;
        }
        if (slot.isEmpty()) {
            return Optional.of("replication slot " + topics.slot() + " is gone, and changes with it");
        }
        if (slot.get().lost().isPresent()) {
            return Optional.of("the server has invalidated replication slot " + topics.slot() + " ("
                    + slot.get().lost().get() + "), and changes are gone with it");
        }
        if (slot.get().confirmed() > offset.confirmed()) {
            return Optional.of("replication slot " + topics.slot()
                    + " is ahead of what was handed on: it has been re-created or advanced, and changes are missing");
        }
        if (offset.position() > walPosition(connection)) {
            return Optional.of("the server is behind what was handed on: it has been restored, or lost writes");
        }
        if (migration.snapshot() != SnapshotMode.INITIAL) {
            return Optional.empty();
        }
        Progress.Snapshot told = new SnapshotRecords(progress).snapshot();
        if (!told.since().isEmpty() && !told.complete()) {
            return Optional.of("the tables were being read one by one, and not all of them have been");
        }
        return Optional.empty();
    }

    private static long walPosition(Connection connection) throws SQLException {
        try (PreparedStatement statement =
                        connection.prepareStatement("SELECT (pg_current_wal_lsn() - '0/0'::pg_lsn)::bigint");
                ResultSet row = statement.executeQuery()) {
            row.next();
            return row.getLong(1);
        }
    }
}
