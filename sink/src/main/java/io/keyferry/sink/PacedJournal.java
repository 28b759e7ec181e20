package io.keyferry.sink;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/**
 * Gives the journal's records in their order, as many at a time as the pace allows, and keeps the others in hand. Used by
 * one thread.
 *
 * <p>It polls at every turn, with its partitions paused while there are records in hand, so that the group can be shared
 * out anew however slow the pace is. What is in hand has not been committed: of a partition that is taken away it is let
 * go, and whoever has the partition next reads it again.
 */
final class PacedJournal {

    private static final Duration POLL = Duration.ofMillis(100);

    private final Consumer<byte[], byte[]> journal;
    private final SinkPace pace;
    private final Pause pause;
    private final List<ConsumerRecord<byte[], byte[]>> inHand = new ArrayList<>();

    PacedJournal(Consumer<byte[], byte[]> journal, SinkPace pace, Pause pause) {
        this.journal = journal;
        this.pace = pace;
        this.pause = pause;
    }

    /** The next records, or none after a moment's wait. */
    List<ConsumerRecord<byte[], byte[]>> next() {
        if (pause.isPaused()) {
            pollWithoutReading(POLL);
            return List.of();
        }
        if (inHand.isEmpty()) {
            journal.poll(POLL).forEach(inHand::add);
        } else {
            Duration wait = pace.untilNext();
            pollWithoutReading(wait.compareTo(POLL) < 0 ? wait : POLL);
        }
        // what a pause that has begun meanwhile finds in hand stays there
        if (inHand.isEmpty() || pause.isPaused()) {
            return List.of();
        }
        List<ConsumerRecord<byte[], byte[]>> admitted = inHand.subList(0, pace.admit(inHand.size()));
        List<ConsumerRecord<byte[], byte[]>> next = List.copyOf(admitted);
        admitted.clear();
        return next;
    }

    private void pollWithoutReading(Duration wait) {
        journal.pause(journal.assignment());
        // partitions that are new are not paused
        journal.poll(wait).forEach(inHand::add);
        journal.resume(journal.paused());
    }

    /** Partitions are taken away. */
    void revoked(Collection<TopicPartition> partitions) {
        inHand.removeIf(record -> partitions.contains(new TopicPartition(record.topic(), record.partition())));
    }

    /** Up to where all has been given out: past the transaction markers too, so that the end can be seen. */
    Map<TopicPartition, OffsetAndMetadata> positions() {
        Map<TopicPartition, OffsetAndMetadata> positions = new HashMap<>();
        for (TopicPartition partition : journal.assignment()) {
            positions.put(partition, new OffsetAndMetadata(journal.position(partition)));
        }
        Map<TopicPartition, OffsetAndMetadata> held = new HashMap<>();
        for (ConsumerRecord<byte[], byte[]> record : inHand) {
            held.putIfAbsent(
                    new TopicPartition(record.topic(), record.partition()), new OffsetAndMetadata(record.offset()));
        }
        positions.putAll(held);
        return positions;
    }
}
