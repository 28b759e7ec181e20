package io.keyferry.stream;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerInterceptor;
import org.apache.kafka.clients.consumer.ConsumerRecord;
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
        inOrderOfProcessing(records).forEach(work::start);
        return records;
    }

    /**
     * One of each partition in turn, as Streams processes them. Calls wait for each other where the rate is limited: started
     * partition by partition, the first record of the last one would be answered when all is nearly done, and nothing would
     * be processed until then.
     */
    static <K, V> List<ConsumerRecord<K, V>> inOrderOfProcessing(ConsumerRecords<K, V> records) {
        List<Iterator<ConsumerRecord<K, V>>> partitions = new ArrayList<>();
        for (TopicPartition partition : records.partitions()) {
            partitions.add(records.records(partition).iterator());
        }
        List<ConsumerRecord<K, V>> ordered = new ArrayList<>(records.count());
        while (ordered.size() < records.count()) {
            for (Iterator<ConsumerRecord<K, V>> partition : partitions) {
                if (partition.hasNext()) {
                    ordered.add(partition.next());
                }
            }
        }
        return ordered;
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
