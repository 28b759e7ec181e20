package io.keyferry.snapshot;

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

    private final Topics topics;
    private final CompactedTopic offsets;
    private final CompactedTopic progress;

    StartingPoint(Topics topics, Map<String, Object> kafkaClientProperties) {
        this.topics = topics;
        this.offsets = new CompactedTopic(topics.offsets(), kafkaClientProperties);
        this.progress = new CompactedTopic(topics.progress(), kafkaClientProperties);
    }

    /** Prepares the start; the progress given back says whether a snapshot is to come. */
    SnapshotProgress prepare(Connection connection, Publication.Outcome publication) throws SQLException {
        Map<ByteBuffer, StoredOffset> stored = storedOffsets();
        Optional<ReplicationSlot> slot = ReplicationSlot.find(connection, topics.slot());
        Optional<String> reason = snapshotReason(connection, stored, slot, publication);
        if (reason.isEmpty()) {
            log.info("the snapshot is complete; changes are read from where the last run stopped");
            return SnapshotProgress.ofCompletedSnapshot(topics, progress);
        }
        log.info("a snapshot is taken: {}", reason.get());
        // in this order a crash leaves a state that asks for a snapshot again
        SnapshotProgress begun = SnapshotProgress.ofNewSnapshot(topics, progress);
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
