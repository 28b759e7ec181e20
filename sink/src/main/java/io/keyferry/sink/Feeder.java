package io.keyferry.sink;

import io.keyferry.model.Topics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Writes rows that are fed in, and what has been found, each time until Kafka has it. Used by one thread. */
final class Feeder implements AutoCloseable {

    private final Producer<byte[], byte[]> producer;

    /** @param kafka client properties */
    Feeder(Map<String, Object> kafka) {
        Map<String, Object> config = new HashMap<>(kafka);
        config.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, "lz4");
        config.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, Topics.LARGEST_REQUEST);
        config.put(ProducerConfig.BUFFER_MEMORY_CONFIG, (long) Topics.LARGEST_REQUEST);
        producer = new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
    }

    /** Returns when Kafka has acknowledged the records. */
    void send(List<ProducerRecord<byte[], byte[]>> records) {
        List<Future<RecordMetadata>> sent = new ArrayList<>();
        records.forEach(record -> sent.add(producer.send(record)));
        sent.forEach(record -> KafkaAnswer.of(record::get));
    }

    @Override
    public void close() {
        producer.close(Duration.ofSeconds(2));
    }
}
