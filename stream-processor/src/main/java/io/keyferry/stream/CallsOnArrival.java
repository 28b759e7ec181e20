package io.keyferry.stream;

import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerInterceptor;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/**
 * Starts the KMS calls of every polled batch at once, so that process(), which is called record by record, finds them
 * done or nearly so. Kafka makes it by its class; the work reaches it as a configuration entry.
 */
public final class CallsOnArrival implements ConsumerInterceptor<byte[], byte[]> {

    static final String WORK = "keyferry.work";

    private WorkUnderWay work;

    @Override
    public void configure(Map<String, ?> configs) {
        work = (WorkUnderWay) configs.get(WORK);
    }

    @Override
    public ConsumerRecords<byte[], byte[]> onConsume(ConsumerRecords<byte[], byte[]> records) {
        records.forEach(work::start);
        return records;
    }

    @Override
    public void onCommit(Map<TopicPartition, OffsetAndMetadata> offsets) {
        // Streams commits through its producer; nothing here depends on it
    }

    @Override
    public void close() {
        // the work outlives the consumer: its partitions may come back
    }
}
