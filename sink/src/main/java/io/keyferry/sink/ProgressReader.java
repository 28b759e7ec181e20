package io.keyferry.sink;

import io.keyferry.model.Counts;
import io.keyferry.model.Progress;
import io.keyferry.model.TableName;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Reads the progress topic and keeps the newest record of each key. Used by one thread. */
public final class ProgressReader implements AutoCloseable {

    private static final Duration POLL = Duration.ofMillis(100);

    private final TopicPartition partition;
    private final Consumer<byte[], byte[]> consumer;
    private final Map<String, Object> properties;
    private final Map<ByteBuffer, Progress> newest = new LinkedHashMap<>();

    /** A table's column. */
    public record ColumnName(TableName table, String column) implements Comparable<ColumnName> {

        @Override
        public int compareTo(ColumnName other) {
            int byTable = table.compareTo(other.table);
            return byTable != 0 ? byTable : column.compareTo(other.column);
        }

        @Override
        public String toString() {
            return table + "." + column;
        }
    }

    /**
     * @param topic the migration's progress topic, which exists
     * @param kafka client properties: bootstrap.servers, security
     */
    public ProgressReader(String topic, Map<String, Object> kafka) {
        partition = new TopicPartition(topic, 0);
        properties = new HashMap<>(kafka);
        properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        properties.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        consumer = new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        consumer.assign(List.of(partition));
        consumer.seekToBeginning(List.of(partition));
    }

    /**
     * Reads on until everything is read that was written before this call, waiting for the transactions that are open
     * there: what another instance committed just now is included.
     */
    public void readToEnd() {
        Map<String, Object> uncommitted = new HashMap<>(properties);
        uncommitted.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_uncommitted");
        long end;
        try (Consumer<byte[], byte[]> latest =
                new KafkaConsumer<>(uncommitted, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            end = latest.endOffsets(List.of(partition)).get(partition);
        }
        while (consumer.position(partition) < end) {
            readAvailable();
        }
    }

    /** Reads on with what is there, waiting a moment at the most. */
    public void readAvailable() {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
            ByteBuffer key = ByteBuffer.wrap(record.key());
            newest.remove(key);
            if (record.value() != null) {
                newest.put(key, Progress.read(record.key(), record.value()));
            }
        }
    }

    /** The newest record of every key, in the order they were written. */
    public Collection<Progress> records() {
        return List.copyOf(newest.values());
    }

    /** The counts of every column, all stages and parts together. */
    public Map<ColumnName, Counts> counts() {
        Map<ColumnName, Counts> sums = new TreeMap<>();
        of(Progress.ColumnCounts.class)
                .forEach(counts ->
                        sums.merge(new ColumnName(counts.table(), counts.column()), counts.counts(), Counts::plus));
        return sums;
    }

    public Optional<Progress.Snapshot> snapshot() {
        return of(Progress.Snapshot.class).stream().findAny();
    }

    public Optional<Progress.Sweep> sweep() {
        return of(Progress.Sweep.class).stream().findAny();
    }

    /** The newest records of one kind. */
    public <P extends Progress> List<P> of(Class<P> kind) {
        return newest.values().stream().filter(kind::isInstance).map(kind::cast).toList();
    }

    @Override
    public void close() {
        consumer.close();
    }
}
