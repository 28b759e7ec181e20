package io.keyferry.sink;

import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsSpec;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Tells how far consumer groups have come, by what they committed. Used by one thread. */
public final class GroupProgress implements AutoCloseable {

    private static final Duration POLL = Duration.ofMillis(100);
    private static final int POLLS = 10;

    private final Resources resources = new Resources();
    private final Admin admin;
    private final KafkaConsumer<byte[], byte[]> consumer;

    public GroupProgress(Map<String, Object> kafka) {
        Map<String, Object> config = new HashMap<>(kafka);
        config.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        config.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        config.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        config.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 1);
        try {
            admin = resources.add(Admin.create(kafka), opened -> opened.close(Duration.ofSeconds(2)));
            consumer = resources.add(
                    new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer()),
                    opened -> opened.close(CloseOptions.timeout(Duration.ofSeconds(2))));
        } catch (RuntimeException e) {
            resources.close();
            throw e;
        }
    }

    /** The ends of topics as they are now. */
    public Map<TopicPartition, Long> ends(Collection<String> topics) {
        return offsets(partitions(topics), OffsetSpec.latest());
    }

    Set<TopicPartition> partitions(Collection<String> topics) {
        return KafkaAnswer.of(() -> admin.describeTopics(topics).allTopicNames().get()).values().stream()
                .flatMap(topic -> topic.partitions().stream()
                        .map(partition -> new TopicPartition(topic.name(), partition.partition())))
                .collect(Collectors.toSet());
    }

    Map<TopicPartition, Long> offsets(Set<TopicPartition> partitions, OffsetSpec which) {
        Map<TopicPartition, OffsetSpec> asked =
                partitions.stream().collect(Collectors.toMap(partition -> partition, partition -> which));
        return KafkaAnswer.of(() -> admin.listOffsets(asked).all().get()).entrySet().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey, entry -> entry.getValue().offset()));
    }

    /** What groups have committed, by group. */
    Map<String, Map<TopicPartition, OffsetAndMetadata>> committed(Collection<String> groups) {
        ListConsumerGroupOffsetsSpec all = new ListConsumerGroupOffsetsSpec();
        Map<String, ListConsumerGroupOffsetsSpec> asked =
                groups.stream().collect(Collectors.toMap(group -> group, group -> all));
        return KafkaAnswer.of(() -> admin.listConsumerGroupOffsets(asked).all().get());
    }

    /** The partitions in which a group has not committed the given end yet, with the offset it will go on at. */
    public Map<TopicPartition, Long> behind(String group, Map<TopicPartition, Long> ends) {
        Map<TopicPartition, OffsetAndMetadata> committed =
                committed(List.of(group)).get(group);
        Map<TopicPartition, Long> behind = new HashMap<>();
        ends.forEach((partition, end) -> {
            OffsetAndMetadata offset = committed.get(partition);
            long next = offset == null ? 0 : offset.offset();
            if (next < end) {
                behind.put(partition, next);
            }
        });
        return behind;
    }

    /**
     * Whether there is nothing to read between an offset and the end: only markers of transactions, or what was aborted.
     * A group has no need to commit its way past these.
     */
    public boolean nothingLeft(TopicPartition partition, long next, long end) {
        consumer.assign(List.of(partition));
        consumer.seek(partition, next);
        for (int i = 0; i < POLLS && consumer.position(partition) < end; i++) {
            if (!consumer.poll(POLL).isEmpty()) {
                return false;
            }
        }
        return consumer.position(partition) >= end;
    }

    /**
     * When the oldest of the records was written that are next in each partition; what does not answer within a second is
     * left out.
     *
     * @param next the offsets to look at
     * @param ends of the same partitions
     */
    public Optional<Instant> oldest(Map<TopicPartition, Long> next, Map<TopicPartition, Long> ends) {
        Set<TopicPartition> waiting = new HashSet<>(next.keySet());
        long oldest = Long.MAX_VALUE;
        consumer.assign(waiting);
        next.forEach(consumer::seek);
        for (int i = 0; i < POLLS && !waiting.isEmpty(); i++) {
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                // one of each will do; without a pause, all that come after it would be fetched too
                TopicPartition partition = new TopicPartition(record.topic(), record.partition());
                consumer.pause(List.of(partition));
                waiting.remove(partition);
                oldest = Math.min(oldest, record.timestamp());
                i = 0;
            }
            waiting.removeIf(partition -> consumer.position(partition) >= ends.get(partition));
        }
        return oldest == Long.MAX_VALUE ? Optional.empty() : Optional.of(Instant.ofEpochMilli(oldest));
    }

    @Override
    public void close() {
        resources.close();
    }
}
