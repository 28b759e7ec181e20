package io.keyferry.snapshot;

import io.keyferry.model.Migration;
import io.keyferry.model.Progress;
import io.keyferry.model.SnapshotMode;
import io.keyferry.model.TableName;
import io.keyferry.model.Topics;
import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.connect.json.JsonConverter;
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
     * Takes note that changes of these tables have not been published until now, before they are: so that a crash in
     * between does not hide that they must be read again.
     */
    void unpublished(Set<TableName> tables) {
        if (!tables.isEmpty()) {
            new SnapshotRecords(progress).takeBack(tables);
        }
    }

    /** Prepares the start; the progress given back says whether a snapshot is to come. */
    SnapshotProgress prepare(Connection connection, Publication.Outcome publication) throws SQLException {
        Map<ByteBuffer, StoredOffset> stored = storedOffsets();
        Optional<ReplicationSlot> slot = ReplicationSlot.find(connection, topics.slot());
        Optional<String> reason = snapshotReason(connection, stored, slot, publication);
        if (reason.isEmpty()) {
            log.info("changes are read from where the last run stopped");
            return migration.snapshot() == SnapshotMode.INITIAL
                    ? InitialProgress.ofCompletedSnapshot(topics, progress)
                    : readings(stored.values().iterator().next());
        }
        log.info("a snapshot is taken: {}", reason.get());
        // in this order a crash leaves a state that asks for a snapshot again
        SnapshotProgress begun = begin();
        Map<ByteBuffer, byte[]> deleted = new HashMap<>();
        stored.keySet().forEach(key -> deleted.put(key, null));
        if (!deleted.isEmpty()) {
            offsets.write(deleted);
        }
        if (slot.isPresent()) {
            slot.get().drop(connection);
        }
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
            Map<ByteBuffer, StoredOffset> stored,
            Optional<ReplicationSlot> slot,
            Publication.Outcome publication)
            throws SQLException {
        if (stored.isEmpty()) {
            return Optional.of("none has been taken yet");
        }
        StoredOffset offset = stored.values().iterator().next();
        if (!offset.snapshotCompleted()) {
            return Optional.of("the last one was interrupted");
        }
        if (slot.isEmpty()) {
            return Optional.of("replication slot " + topics.slot() + " is gone, and changes with it");
        }
        if (slot.get().lost()) {
            return Optional.of("the server has invalidated replication slot " + topics.slot() + ", and changes with it"
                    + " (max_slot_wal_keep_size, idle_replication_slot_timeout)");
        }
        if (slot.get().confirmed() > offset.position()) {
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
        if (publication == Publication.Outcome.COMPLETED) {
            return Optional.of("publication " + topics.slot() + " did not cover every table and column");
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

    /** Our connector's offset by its key, or nothing; Debezium's key is {@code [connector, {"server": prefix}]}. */
    private Map<ByteBuffer, StoredOffset> storedOffsets() {
        Map<ByteBuffer, StoredOffset> found = new HashMap<>();
        try (JsonConverter converter = new JsonConverter()) {
            converter.configure(Map.of("schemas.enable", "false"), false);
            offsets.read().forEach((key, value) -> {
                Object connector =
                        converter.toConnectData(topics.offsets(), key.array()).value();
                Object offset = converter.toConnectData(topics.offsets(), value).value();
                if (connector instanceof List<?> parts
                        && parts.get(0).equals(topics.migration())
                        && offset instanceof Map<?, ?> map) {
                    found.put(key, StoredOffset.of(map));
                }
            });
        }
        return found;
    }
}
