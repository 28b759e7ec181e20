package io.keyferry.sink;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Tells how far consumer groups have come, by what they committed. Used by one thread. */
final class GroupProgress implements AutoCloseable {

    private static final Duration POLL = Duration.ofMillis(100);
    private static final int POLLS = 10;

    private final Resources resources = new Resources();
    private final Admin admin;
    private final KafkaConsumer<byte[], byte[]> consumer;

    GroupProgress(Map<String, Object> kafka) {
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
    Map<TopicPartition, Long> ends(Collection<String> topics) {
        return KafkaAnswer.of(() -> {
            Map<TopicPartition, OffsetSpec> latest =
                    admin.describeTopics(topics).allTopicNames().get().values().stream()
                            .flatMap(topic -> topic.partitions().stream()
                                    .map(partition -> new TopicPartition(topic.name(), partition.partition())))
                            .collect(Collectors.toMap(partition -> partition, partition -> OffsetSpec.latest()));
            return admin.listOffsets(latest).all().get().entrySet().stream()
                    .collect(Collectors.toMap(
                            Map.Entry::getKey, entry -> entry.getValue().offset()));
        });
    }

    /** The partitions in which a group has not committed the given end yet, with the offset it will go on at. */
    Map<TopicPartition, Long> behind(String group, Map<TopicPartition, Long> ends) {
        Map<TopicPartition, OffsetAndMetadata> committed = KafkaAnswer.of(() -> admin.listConsumerGroupOffsets(group)
                .partitionsToOffsetAndMetadata()
                .get());
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
     * How many records a group has yet to commit of these topics, markers of transactions and what was aborted included.
     *
     * @param closely whether to leave out partitions in which nothing of it is left to read, which takes longer to tell
     */
    long backlog(String group, Collection<String> topics, boolean closely) {
        Map<TopicPartition, Long> ends = ends(topics);
        Map<TopicPartition, Long> behind = behind(group, ends);
        if (closely) {
            behind.entrySet().removeIf(next -> nothingLeft(next.getKey(), next.getValue(), ends.get(next.getKey())));
        }
        if (behind.isEmpty()) {
            return 0;
        }
        // what has been trimmed will not be read, and never committed where nothing follows it
        Map<TopicPartition, OffsetSpec> earliest = behind.keySet().stream()
                .collect(Collectors.toMap(partition -> partition, partition -> OffsetSpec.earliest()));
        return KafkaAnswer.of(() -> admin.listOffsets(earliest).all().get()).entrySet().stream()
                .mapToLong(begin ->
                        ends.get(begin.getKey()) - Math.max(begin.getValue().offset(), behind.get(begin.getKey())))
                .sum();
    }

    /**
     * Whether there is nothing to read between an offset and the end: only markers of transactions, or what was aborted.
     * A group has no need to commit its way past these.
     */
    boolean nothingLeft(TopicPartition partition, long next, long end) {
        consumer.assign(List.of(partition));
        consumer.seek(partition, next);
        for (int i = 0; i < POLLS && consumer.position(partition) < end; i++) {
            if (!consumer.poll(POLL).isEmpty()) {
                return false;
            }
        }
        return consumer.position(partition) >= end;
    }

    @Override
    public void close() {
        resources.close();
    }
}
