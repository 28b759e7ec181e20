package io.keyferry.cli.kafka;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Writes one record now and then, by a producer of its own. */
public final class SingleRecord {

    private static final int ANSWER_SECONDS = 30;

    private SingleRecord() {}

    /** Returns when every replica that is in sync has the record. */
    public static void write(KafkaAccess kafka, ProducerRecord<byte[], byte[]> record)
            throws ExecutionException, TimeoutException, InterruptedException {
        Map<String, Object> config = new HashMap<>(kafka.properties());
        config.put(ProducerConfig.ACKS_CONFIG, "all");
        config.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, TimeUnit.SECONDS.toMillis(ANSWER_SECONDS));
        try (KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer())) {
            producer.send(record).get(ANSWER_SECONDS, TimeUnit.SECONDS);
        }
    }
}
