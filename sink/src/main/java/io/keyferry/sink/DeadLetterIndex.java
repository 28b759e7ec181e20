package io.keyferry.sink;

import io.keyferry.model.DeadLetter;
import io.keyferry.model.JournalFormat;
import io.keyferry.model.TableName;
import io.keyferry.model.UnreadableRecordException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Knows which stored values are in the dead-letter topic, so that a sweep does not feed them in again. One thread. */
final class DeadLetterIndex implements AutoCloseable {

    private static final Duration POLL = Duration.ofMillis(100);

    private final TopicPartition partition;
    private final Consumer<byte[], byte[]> consumer;
    private final Set<StoredValue> values = new HashSet<>();

    /** One column of one row, with what it holds. */
    record StoredValue(TableName table, Map<String, String> key, String column, String stored) {

        @Override
        public String toString() {
            return table + " " + key + " " + column;
        }
    }

    DeadLetterIndex(String topic, Map<String, Object> kafka) {
        partition = new TopicPartition(topic, 0);
        Map<String, Object> config = new HashMap<>(kafka);
        config.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        config.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        consumer = new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        consumer.assign(List.of(partition));
        consumer.seekToBeginning(List.of(partition));
    }

    /** Reads what was committed before this call. */
    void readToEnd() {
        long end = consumer.endOffsets(List.of(partition)).get(partition);
        while (consumer.position(partition) < end) {
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                add(record);
            }
        }
    }

    private void add(ConsumerRecord<byte[], byte[]> record) {
        try {
            DeadLetter letter = JournalFormat.readDeadLetter(record.value());
            letter.columns()
                    .forEach((column, dead) ->
                            values.add(new StoredValue(letter.table(), letter.key(), column, dead.value())));
        } catch (UnreadableRecordException e) {
            throw new UnreadableRecordException("on " + record.topic() + " at offset " + record.offset()
                    + " and no dead letter: " + e.getMessage());
        }
    }

    boolean holds(StoredValue value) {
        return values.contains(value);
    }

    @Override
    public void close() {
        consumer.close();
    }
}
