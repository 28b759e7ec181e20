package io.keyferry.cli.campaign;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.keyferry.model.Counter;
import io.keyferry.model.Counts;
import io.keyferry.model.Progress;
import io.keyferry.model.Topics;
import io.keyferry.sink.ProgressReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * What the migration says it did, and what its topics say that it had to do: counted anew from the records themselves,
 * one column of one change each. Used by one thread.
 */
final class Accounts implements AutoCloseable {

    private static final String UNCHANGED = "__debezium_unavailable_value";

    private final ObjectMapper mapper = new ObjectMapper();
    private final Map<String, Object> kafka;
    private final Topics topics;
    private final ProgressReader progress;

    Accounts(String migration, String bootstrapServers) {
        kafka = Map.of("bootstrap.servers", bootstrapServers);
        topics = new Topics(migration);
        progress = new ProgressReader(topics.progress(), kafka);
    }

    Optional<Progress.Sweep> sweep() {
        progress.readAvailable();
        return progress.sweep();
    }

    /** All columns together. */
    Counts told() {
        progress.readToEnd();
        return progress.counts().values().stream().reduce(Counts.NONE, Counts::plus);
    }

    /** Values in the change topics and in the sweep topic. */
    long values() {
        long[] values = {0};
        Stream.concat(
                        Stream.of(Encrypted.values())
                                .map(Encrypted::table)
                                .map(table -> topics.migration() + "." + table.replace("\"", "")),
                        Stream.of(topics.sweep()))
                .distinct()
                .forEach(topic -> read(topic, record -> values[0] += valuesOf(record)));
        return values[0];
    }

    private long valuesOf(ConsumerRecord<byte[], byte[]> record) {
        if (record.value() == null) {
            return 0;
        }
        try {
            JsonNode change = mapper.readTree(record.value());
            if (!List.of("c", "r", "u").contains(change.path("op").asText())) {
                return 0;
            }
            String table = change.path("source").path("table").asText();
            return Stream.of(Encrypted.values())
                    .filter(column -> column.table().replace("\"", "").endsWith("." + table))
                    .map(column -> change.path("after").path(column.column()))
                    .filter(value -> !value.isMissingNode() && !value.asText().equals(UNCHANGED))
                    .count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    long deadLetters() {
        long[] letters = {0};
        read(topics.deadLetters(), record -> letters[0]++);
        return letters[0];
    }

    /** Values that were seen and have no outcome, or that are there and were not seen, or seen twice. */
    long unaccounted() {
        Counts told = told();
        return Math.abs(told.get(Counter.SEEN) - told.settled()) + Math.abs(told.get(Counter.SEEN) - values());
    }

    private void read(String topic, Consumer<ConsumerRecord<byte[], byte[]>> each) {
        Map<String, Object> config = new HashMap<>(kafka);
        config.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = consumer.partitionsFor(topic).stream()
                    .map(partition -> new TopicPartition(topic, partition.partition()))
                    .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            while (partitions.stream().anyMatch(partition -> consumer.position(partition) < ends.get(partition))) {
                consumer.poll(Duration.ofMillis(200)).forEach(each);
            }
        }
    }

    @Override
    public void close() {
        progress.close();
    }
}
