package io.keyferry.stream;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * The work started for records that were polled and not yet processed, by where they were read. The polling stream
 * thread adds, the same thread takes when it processes.
 *
 * <p>Nothing depends on an entry being here: whoever finds none makes the calls itself. So entries may be dropped, and
 * an entry left over from a partition that came back is used again, since a record never changes at its offset.
 */
final class WorkUnderWay {

    private final Map<TopicPartition, ConcurrentNavigableMap<Long, RowWork>> byPartition = new ConcurrentHashMap<>();
    private final ChangeFormat format;
    private final Reencryption reencryption;

    WorkUnderWay(ChangeFormat format, Reencryption reencryption) {
        this.format = format;
        this.reencryption = reencryption;
    }

    /** Starts the calls of a polled record. */
    void start(ConsumerRecord<byte[], byte[]> polled) {
        byPartition
                .computeIfAbsent(
                        new TopicPartition(polled.topic(), polled.partition()),
                        partition -> new ConcurrentSkipListMap<>())
                .compute(
                        polled.offset(),
                        (offset, earlier) -> earlier == null || earlier.failed()
                                ? RowWork.start(format, reencryption, polled.key(), polled.value())
                                : earlier);
    }

    /** The work of the record that is being processed: what was started on arrival, or started now. */
    RowWork take(TopicPartition partition, long offset, byte[] key, byte[] value) {
        ConcurrentNavigableMap<Long, RowWork> started = byPartition.get(partition);
        RowWork work = started == null ? null : started.remove(offset);
        if (started != null) {
            // records are processed in order, so what lies before was processed elsewhere meanwhile
            started.headMap(offset).clear();
        }
        return work == null || work.failed() ? RowWork.start(format, reencryption, key, value) : work;
    }
}
