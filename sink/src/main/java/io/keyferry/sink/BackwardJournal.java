package io.keyferry.sink;

import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Reads the journal's partitions from their ends, as they are at the beginning, to their beginnings: what is committed
 * only, as the sink reads it. Used by one thread.
 */
final class BackwardJournal implements AutoCloseable {

    private static final int WINDOW = 2000;
    private static final Duration POLL = Duration.ofMillis(100);
    private static final Duration SILENCE = Duration.ofSeconds(60);

    private final KafkaConsumer<byte[], byte[]> consumer;
    private final Map<TopicPartition, Long> begins;
    private final Map<TopicPartition, Long> ends;

    BackwardJournal(String topic, Map<String, Object> kafka) {
        Map<String, Object> config = new HashMap<>(kafka);
        config.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        config.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        config.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, WINDOW);
        consumer = new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        try {
            List<TopicPartition> partitions = consumer.partitionsFor(topic).stream()
                    .map(partition -> new TopicPartition(topic, partition.partition()))
                    .toList();
            begins = consumer.beginningOffsets(partitions);
            ends = consumer.endOffsets(partitions);
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /** What a window of records is given to. */
    interface Window {
        void accept(List<ConsumerRecord<byte[], byte[]>> newestFirst) throws SQLException;
    }

    /** Offsets to be passed, markers of transactions included. */
    long offsets() {
        return ends.keySet().stream()
                .mapToLong(partition -> ends.get(partition) - begins.get(partition))
                .sum();
    }

    /** Whether the beginning is still there. */
    boolean isWhole() {
        return begins.values().stream().allMatch(begin -> begin == 0);
    }

    /**
     * Reads one partition after the other.
     *
     * @param stop whether to end before the next window
     */
    void read(BooleanSupplier stop, Window each) throws SQLException {
        for (TopicPartition partition : ends.keySet()) {
            consumer.assign(List.of(partition));
            long begin = begins.get(partition);
            long to = ends.get(partition);
            while (to > begin && !stop.getAsBoolean()) {
                long from = Math.max(begin, to - WINDOW);
                each.accept(window(partition, from, to));
                to = from;
            }
        }
    }

    private List<ConsumerRecord<byte[], byte[]>> window(TopicPartition partition, long from, long to) {
        List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
        consumer.seek(partition, from);
        long at = from;
        long moved = System.nanoTime();
        while (at < to) {
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                if (record.offset() < to) {
                    records.add(record);
                }
            }
            long now = consumer.position(partition);
            if (now > at) {
                moved = System.nanoTime();
            } else if (System.nanoTime() - moved > SILENCE.toNanos()) {
                throw new TimeoutException("no answer about " + partition + " for " + SILENCE.toSeconds() + " s");
            }
            at = now;
        }
        Collections.reverse(records);
        return records;
    }

    @Override
    public void close() {
        consumer.close(CloseOptions.timeout(Duration.ofSeconds(2)));
    }
}
