package io.keyferry.snapshot;

import io.keyferry.model.Topics;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Map;
import java.util.Optional;
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
    SnapshotProgress prepare(Connection connection, ServerHistory server, Publication.Outcome publication)
            throws SQLException {
        StoredPosition stored = StoredPosition.read(topics, offsets);
        Optional<ReplicationSlot> slot = ReplicationSlot.find(connection, topics.slot());
        Optional<String> reason = snapshotReason(connection, server, stored, slot, publication);
        if (reason.isEmpty()) {
            stored.note(server);
            log.info("the snapshot is complete; changes are read from where the last run stopped");
            return SnapshotProgress.ofCompletedSnapshot(topics, progress);
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

    /** Records that a snapshot is due, durably: the next {@link #prepare} takes it, in whatever process. */
    void demandSnapshot() {
        begin(StoredPosition.read(topics, offsets));
    }

    /** In this order a crash leaves a state that asks for a snapshot again. */
    private SnapshotProgress begin(StoredPosition stored) {
        SnapshotProgress begun = SnapshotProgress.ofNewSnapshot(topics, progress);
        stored.forget();
        return begun;
    }

    private Optional<String> snapshotReason(
            Connection connection,
            ServerHistory server,
            StoredPosition stored,
            Optional<ReplicationSlot> slot,
            Publication.Outcome publication)
            throws SQLException {
        if (publication == Publication.Outcome.COMPLETED && stored.server().isPresent()) {
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
