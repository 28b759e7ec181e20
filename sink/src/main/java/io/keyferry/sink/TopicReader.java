package io.keyferry.sink;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Reads a topic of one partition from its beginning, what is committed only. Used by one thread. */
public final class TopicReader implements AutoCloseable {

    private static final Duration POLL = Duration.ofMillis(100);

    private final TopicPartition partition;
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final KafkaConsumer<byte[], byte[]> latest;
    private final Consumer<ConsumerRecord<byte[], byte[]>> each;
    private final Resources resources = new Resources();

    /**
     * @param topic which exists
     * @param kafka client properties: bootstrap.servers, security
     * @param each is given every record, in order
     */
    public TopicReader(String topic, Map<String, Object> kafka, Consumer<ConsumerRecord<byte[], byte[]>> each) {
        partition = new TopicPartition(topic, 0);
        this.each = each;
        try {
            consumer = consumer(kafka, "read_committed");
            latest = consumer(kafka, "read_uncommitted");
        } catch (RuntimeException e) {
            resources.close();
            throw e;
        }
        consumer.assign(List.of(partition));
        // never polled: it is only asked for the end
        latest.assign(List.of(partition));
        consumer.seekToBeginning(List.of(partition));
    }

    private KafkaConsumer<byte[], byte[]> consumer(Map<String, Object> kafka, String isolation) {
        Map<String, Object> config = new HashMap<>(kafka);
        config.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        config.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, isolation);
        return resources.add(
                new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer()),
                opened -> opened.close(CloseOptions.timeout(Duration.ofSeconds(2))));
    }

    /**
     * Reads on until everything is read that was written before this call. An open transaction holds back what others
     * committed after it began, so its end is waited for.
     */
    public void readToEnd() {
        long end = latest.endOffsets(List.of(partition)).get(partition);
        while (consumer.position(partition) < end) {
            readAvailable();
        }
    }

    /** Whether everything has been read that is committed now. */
    boolean isAtEnd() {
        return consumer.position(partition)
                >= consumer.endOffsets(List.of(partition)).get(partition);
    }

    /** Reads on with what is there, waiting a moment at the most. */
    void readAvailable() {
        consumer.poll(POLL).forEach(each);
    }

    @Override
    public void close() {
        resources.close();
    }
}
