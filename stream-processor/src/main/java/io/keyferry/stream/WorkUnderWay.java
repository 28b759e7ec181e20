package io.keyferry.stream;

import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Headers;

/**
 * The work started for records that were polled and not yet processed, by where they were read. The polling stream
 * thread adds, the same thread takes when it processes.
 *
 * <p>Nothing depends on an entry being here: whoever finds none makes the calls itself. So entries may be dropped, and
 * an entry left over from a partition that came back is used again, since a record never changes at its offset.
 */
final class WorkUnderWay {

    private final Map<TopicPartition, ConcurrentNavigableMap<Long, RowWork>> byPartition = new ConcurrentHashMap<>();
    /** Whose partitions are processed here, by task. */
    private final Map<Object, Integer> tasks = new ConcurrentHashMap<>();

    /** What was polled while nothing is to be started. */
    private final Queue<ConsumerRecord<byte[], byte[]>> held = new ConcurrentLinkedQueue<>();

    private final AtomicLong begun = new AtomicLong();
    private final AtomicLong done = new AtomicLong();
    private volatile boolean holding;

    private final ChangeReaders readers;
    private final Reencryption reencryption;
    private final Patience patience;

    WorkUnderWay(ChangeReaders readers, Reencryption reencryption, Patience patience) {
        this.readers = readers;
        this.reencryption = reencryption;
        this.patience = patience;
    }

    /** From now on the calls of what is polled are not started. */
    void hold() {
        holding = true;
    }

    /** Starts what was held, in the order in which it was polled. */
    void release() {
        holding = false;
        for (ConsumerRecord<byte[], byte[]> polled = held.poll(); polled != null; polled = held.poll()) {
            begin(polled);
        }
    }

    /** A record is about to be processed. */
    void processing() {
        begun.incrementAndGet();
    }

    /** The record has been processed, or given up. */
    void processingEnded() {
        done.incrementAndGet();
    }

    boolean isProcessing() {
        return done.get() != begun.get();
    }

    /** How many records have been begun. */
    long processed() {
        return begun.get();
    }

    /** Starts the calls of a polled record. */
    void start(ConsumerRecord<byte[], byte[]> polled) {
        if (holding) {
            // one that is added just after the release is never started: whoever processes it makes the calls
            held.add(polled);
        } else {
            begin(polled);
        }
    }

    private void begin(ConsumerRecord<byte[], byte[]> polled) {
        byPartition
                .computeIfAbsent(
                        new TopicPartition(polled.topic(), polled.partition()),
                        partition -> new ConcurrentSkipListMap<>())
                .compute(
                        polled.offset(),
                        (offset, earlier) -> earlier == null || earlier.failed() ? startIfReadable(polled) : earlier);
    }

    /** Null, which is no entry, where the record cannot be read just now: whoever processes it waits. */
    private RowWork startIfReadable(ConsumerRecord<byte[], byte[]> polled) {
        try {
            return start(polled.topic(), polled.key(), polled.value(), polled.headers());
        } catch (RegistryUnavailableException e) {
            return null;
        }
    }

    private RowWork start(String topic, byte[] key, byte[] value, Headers headers) {
        return RowWork.start(readers.of(topic), reencryption, key, value, headers);
    }

    /** A task is about to process the partitions of this number. */
    void began(Object task, int partition) {
        tasks.put(task, partition);
    }

    /** A task, which may have begun, processes no more. What was started stays: its partitions may come back. */
    void ended(Object task) {
        tasks.remove(task);
    }

    /** Whether the tasks of this instance have processed all that was polled for them. */
    boolean isIdle() {
        for (Map.Entry<TopicPartition, ConcurrentNavigableMap<Long, RowWork>> started : byPartition.entrySet()) {
            if (!started.getValue().isEmpty()
                    && tasks.containsValue(started.getKey().partition())) {
                return false;
            }
        }
        return true;
    }

    /** The work of the record that is being processed: what was started on arrival, or started now. */
    RowWork take(TopicPartition partition, long offset, byte[] key, byte[] value, Headers headers) {
        ConcurrentNavigableMap<Long, RowWork> started = byPartition.get(partition);
        RowWork work = started == null ? null : started.remove(offset);
        if (started != null) {
            // records are processed in order, so what lies before was processed elsewhere meanwhile
            started.headMap(offset).clear();
        }
        return work == null || work.failed()
                ? patience.untilReadable(() -> start(partition.topic(), key, value, headers))
                : work;
    }
}
