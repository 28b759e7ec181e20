package io.keyferry.snapshot;

import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.connect.runtime.WorkerConfig;
import org.apache.kafka.connect.storage.OffsetBackingStore;
import org.apache.kafka.connect.util.Callback;

/**
 * Debezium's offsets in a Kafka topic, for one engine at a time; Debezium makes the instance from the class's name.
 *
 * <p>Connect's own store of this kind leaves an admin client behind with every engine, and does not close while Kafka
 * is away.
 */
public final class KafkaOffsets implements OffsetBackingStore {

    private static final String TOPIC = "keyferry.offsets.topic";
    /** Debezium logs its configuration, and masks what ends in "secret": a client's properties may hold passwords. */
    private static final String CLIENT = "keyferry.kafka.client.secret";

    private static final Duration FLUSH_GIVES_UP = Duration.ofSeconds(3);

    private final Map<ByteBuffer, ByteBuffer> offsets = new ConcurrentHashMap<>();
    private CompactedTopic topic;
    private String topicName;
    private KafkaProducer<byte[], byte[]> producer;

    /** The settings by which an engine's instance finds the topic. */
    static Map<String, String> settings(String topic, Map<String, Object> kafkaClientProperties) {
        Properties client = new Properties();
        kafkaClientProperties.forEach((name, value) -> client.setProperty(name, String.valueOf(value)));
        StringWriter text = new StringWriter();
        try {
            client.store(text, null);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return Map.of(TOPIC, topic, CLIENT, text.toString());
    }

    @Override
    public void configure(WorkerConfig config) {
        Properties client = new Properties();
        try {
            client.load(new StringReader((String) config.originals().get(CLIENT)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Map<String, Object> properties = new HashMap<>();
        client.stringPropertyNames().forEach(name -> properties.put(name, client.getProperty(name)));
        topicName = (String) config.originals().get(TOPIC);
        topic = new CompactedTopic(topicName, properties);
    }

    @Override
    public void start() {
        topic.read().forEach((key, value) -> offsets.put(key, ByteBuffer.wrap(value)));
        producer = topic.producer(FLUSH_GIVES_UP);
    }

    @Override
    public void stop() {
        if (producer != null) {
            producer.close(FLUSH_GIVES_UP);
        }
    }

    /** What was read at the start and written since: only one instance is active, so nobody else writes. */
    @Override
    public Future<Map<ByteBuffer, ByteBuffer>> get(Collection<ByteBuffer> keys) {
        Map<ByteBuffer, ByteBuffer> found = new HashMap<>();
        keys.forEach(key -> found.put(key, offsets.get(key)));
        return CompletableFuture.completedFuture(found);
    }

    @Override
    public Future<Void> set(Map<ByteBuffer, ByteBuffer> values, Callback<Void> callback) {
        List<CompletableFuture<Void>> written = new ArrayList<>();
        values.forEach((key, value) -> written.add(write(key, value)));
        CompletableFuture<Void> all = CompletableFuture.allOf(written.toArray(CompletableFuture[]::new));
        all.whenComplete((done, error) -> callback.onCompletion(error, done));
        return all;
    }

    /**
     * An offset can be read back only once Kafka has it: Debezium confirms to the server what it reads here, and the
     * server then discards its write-ahead log.
     */
    private CompletableFuture<Void> write(ByteBuffer key, ByteBuffer value) {
        CompletableFuture<Void> written = new CompletableFuture<>();
        producer.send(new ProducerRecord<>(topicName, bytes(key), bytes(value)), (metadata, error) -> {
            if (error == null) {
                offsets.put(key, value);
                written.complete(null);
            } else {
                written.completeExceptionally(error);
            }
        });
        return written;
    }

    private static byte[] bytes(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        return bytes;
    }

    @Override
    public Set<Map<String, Object>> connectorPartitions(String connectorName) {
        return Set.of();
    }
}
