package io.keyferry.sink;

import io.keyferry.model.Migration;
import io.keyferry.model.Topics;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;

/**
 * Waits until everything that was committed in the database before has gone through all three stages.
 *
 * <p>Stage by stage, each looked at after the one before it is known to have passed: the slot is confirmed only after
 * Kafka has the changes, the stream-processor's offsets are committed with its rewrites, the sink's after the database.
 */
final class PipelineBarrier implements AutoCloseable {

    private static final Duration LOOK = Duration.ofMillis(50);

    private final Topics topics;
    private final Set<String> inputs;
    private final Admin admin;
    private final Pause pause;

    PipelineBarrier(Migration migration, Map<String, Object> kafka, Pause pause) {
        topics = new Topics(migration.name());
        inputs = migration.tables().stream()
                .map(table -> topics.changes(table.name()))
                .collect(Collectors.toCollection(HashSet::new));
        inputs.add(topics.sweep());
        admin = Admin.create(kafka);
        this.pause = pause;
    }

    void await(Connection connection) throws SQLException {
        String now = now(connection);
        while (!slotPassed(connection, now)) {
            pause.sleep(LOOK);
        }
        awaitGroup(topics.streamProcessorGroup(), ends(inputs));
        awaitGroup(topics.sinkGroup(), ends(Set.of(topics.journal())));
    }

    /** The insert position: a commit that is not flushed yet is visible to readers, and lies before it. */
    private static String now(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT pg_current_wal_insert_lsn()::text")) {
            row.next();
            return row.getString(1);
        }
    }

    private boolean slotPassed(Connection connection, String lsn) throws SQLException {
        try (PreparedStatement query = connection.prepareStatement(
                "SELECT 1 FROM pg_replication_slots WHERE slot_name = ? AND confirmed_flush_lsn >= ?::text::pg_lsn")) {
            query.setString(1, topics.slot());
            query.setString(2, lsn);
            try (ResultSet rows = query.executeQuery()) {
                return rows.next();
            }
        }
    }

    private Map<TopicPartition, Long> ends(Set<String> names) {
        return get(() -> {
            Map<TopicPartition, OffsetSpec> latest = admin.describeTopics(names).allTopicNames().get().values().stream()
                    .flatMap(topic -> topic.partitions().stream()
                            .map(partition -> new TopicPartition(topic.name(), partition.partition())))
                    .collect(Collectors.toMap(partition -> partition, partition -> OffsetSpec.latest()));
            return admin.listOffsets(latest).all().get().entrySet().stream()
                    .collect(Collectors.toMap(
                            Map.Entry::getKey, entry -> entry.getValue().offset()));
        });
    }

    private void awaitGroup(String group, Map<TopicPartition, Long> ends) {
        while (!get(() -> passed(group, ends))) {
            pause.sleep(LOOK);
        }
    }

    private boolean passed(String group, Map<TopicPartition, Long> ends)
            throws ExecutionException, InterruptedException {
        Map<TopicPartition, OffsetAndMetadata> committed = admin.listConsumerGroupOffsets(group)
                .partitionsToOffsetAndMetadata()
                .get();
        return ends.entrySet().stream().allMatch(end -> {
            OffsetAndMetadata offset = committed.get(end.getKey());
            return end.getValue() == 0 || offset != null && offset.offset() >= end.getValue();
        });
    }

    private interface Request<T> {
        T get() throws ExecutionException, InterruptedException;
    }

    private static <T> T get(Request<T> request) {
        try {
            return request.get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof KafkaException known ? known : new KafkaException(e.getCause());
        } catch (InterruptedException e) {
            throw new org.apache.kafka.common.errors.InterruptException(e);
        }
    }

    @Override
    public void close() {
        admin.close(Duration.ofSeconds(2));
    }
}
