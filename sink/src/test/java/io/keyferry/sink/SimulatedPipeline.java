package io.keyferry.sink;

import io.keyferry.model.Migration;
import io.keyferry.model.Topics;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Stands in for the two stages before the sink: its slot passes whatever is in the log, and its stream-processor group
 * commits what it has read of the sweep topic once it has done with that what a test says.
 */
final class SimulatedPipeline implements AutoCloseable {

    private final SinkFixture fixture;
    private final Topics topics;
    private final String slot;
    private final Set<String> inputs;
    private final Processing processing;
    private final Thread thread = new Thread(this::run, "simulated-pipeline");
    private volatile boolean over;

    /** What the stream-processor would do with the rows that were fed in. */
    interface Processing {
        void process(List<ConsumerRecord<byte[], byte[]>> fed) throws Exception;
    }

    SimulatedPipeline(SinkFixture fixture, Migration migration, Processing processing) throws SQLException {
        this.fixture = fixture;
        this.processing = processing;
        topics = new Topics(migration.name());
        slot = migration.slot();
        inputs = migration.inputTopics();
        fixture.sql("SELECT pg_create_logical_replication_slot('" + slot + "', 'pgoutput')");
    }

    void start() {
        thread.start();
    }

    private void run() {
        Map<String, Object> config = new HashMap<>(fixture.kafkaProperties());
        config.put("group.id", topics.streamProcessorGroup());
        config.put("isolation.level", "read_committed");
        config.put("auto.offset.reset", "earliest");
        config.put("enable.auto.commit", false);
        try (Connection connection = fixture.connect();
                Statement statement = connection.createStatement();
                KafkaConsumer<byte[], byte[]> consumer =
                        new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            consumer.subscribe(inputs);
            while (!over) {
                statement.execute("SELECT pg_logical_emit_message(false, 'heartbeat', '', true)");
                statement.execute("SELECT pg_replication_slot_advance('" + slot + "', pg_current_wal_flush_lsn())");
                List<ConsumerRecord<byte[], byte[]>> fed = new ArrayList<>();
                consumer.poll(Duration.ofMillis(50)).forEach(fed::add);
                if (!fed.isEmpty()) {
                    processing.process(fed);
                    // as Streams does: only where records were read, and not past what follows them
                    consumer.commitSync(offsets(fed));
                }
            }
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static Map<TopicPartition, OffsetAndMetadata> offsets(Collection<ConsumerRecord<byte[], byte[]>> records) {
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        records.forEach(record -> offsets.put(
                new TopicPartition(record.topic(), record.partition()), new OffsetAndMetadata(record.offset() + 1)));
        return offsets;
    }

    @Override
    public void close() throws SQLException {
        over = true;
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        fixture.sql("SELECT pg_drop_replication_slot('" + slot + "')");
    }
}
