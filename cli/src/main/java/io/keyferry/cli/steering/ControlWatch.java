package io.keyferry.cli.steering;

import io.keyferry.model.Control;
import io.keyferry.model.KeyFerryException;
import io.keyferry.model.Steering;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Knows what the operator has told the migration on its control topic. It is read to its end before this is made, and then
 * on and on by a thread of its own; safe for many threads.
 */
public final class ControlWatch implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(ControlWatch.class);
    private static final Duration POLL = Duration.ofMillis(500);
    private static final Duration AGAIN = Duration.ofSeconds(1);
    private static final Duration CLOSE = Duration.ofSeconds(2);

    private final TopicPartition partition;
    private final Map<String, Object> config;
    private final Consumer<Steering> listener;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Thread thread = new Thread(this::readOn, "keyferry-control");
    private final Map<ByteBuffer, Control> newest = new LinkedHashMap<>();
    private volatile KafkaConsumer<byte[], byte[]> consumer;
    private volatile Steering now = Steering.NONE;

    /**
     * Reads what has been told before.
     *
     * @param topic the migration's control topic, which exists
     * @param listener is told what holds, at first and whenever it changes
     */
    public ControlWatch(String topic, Map<String, Object> kafka, Consumer<Steering> listener) {
        partition = new TopicPartition(topic, 0);
        config = new HashMap<>(kafka);
        config.remove(ConsumerConfig.GROUP_ID_CONFIG);
        config.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        config.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        this.listener = listener;
        try {
            open();
            long end = consumer.endOffsets(List.of(partition)).get(partition);
            while (consumer.position(partition) < end) {
                read();
            }
        } catch (KafkaException e) {
            closeConsumer();
            throw new KeyFerryException(
                    "Topic " + topic + " cannot be read, so that it is not known whether the migration is paused: "
                            + e.getMessage(),
                    e);
        }
        listener.accept(now);
        thread.setDaemon(true);
        thread.start();
    }

    /** What holds now. */
    public Steering now() {
        return now;
    }

    private void open() {
        consumer = new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        consumer.assign(List.of(partition));
        consumer.seekToBeginning(List.of(partition));
    }

    /** What holds is kept while Kafka is away, and read anew once it is back. */
    private void readOn() {
        boolean told = false;
        while (closing.getCount() > 0) {
            try {
                if (consumer == null) {
                    open();
                }
                read();
                told = false;
            } catch (WakeupException | InterruptException e) {
                log.debug("the control topic is read no more");
            } catch (KafkaException e) {
                if (!told) {
                    log.warn("The control topic cannot be read, and is tried again: {}", e.getMessage());
                    told = true;
                }
                closeConsumer();
                rest();
            }
        }
        closeConsumer();
    }

    private void rest() {
        try {
            closing.await(AGAIN.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void read() {
        consumer.poll(POLL).forEach(this::take);
        Steering steering = Steering.NONE;
        for (Control control : newest.values()) {
            steering = steering.with(control);
        }
        if (!steering.equals(now)) {
            now = steering;
            log.info("The migration is {}", steering.words().orElse("neither paused nor throttled"));
            listener.accept(steering);
        }
    }

    /** What cannot be read changes nothing: what was told before it still holds. */
    private void take(ConsumerRecord<byte[], byte[]> record) {
        try {
            if (record.value() == null && record.key() != null) {
                newest.remove(ByteBuffer.wrap(record.key()));
            } else {
                newest.put(ByteBuffer.wrap(record.key() == null ? new byte[0] : record.key()), read(record));
            }
        } catch (KeyFerryException e) {
            log.warn(
                    "Passed over on {} at offset {}, and nothing is changed by it: {}",
                    record.topic(),
                    record.offset(),
                    e.getMessage());
        }
    }

    private static Control read(ConsumerRecord<byte[], byte[]> record) {
        return Control.read(record.key(), record.value());
    }

    private void closeConsumer() {
        KafkaConsumer<byte[], byte[]> open = consumer;
        consumer = null;
        if (open != null) {
            open.close(org.apache.kafka.clients.consumer.CloseOptions.timeout(CLOSE));
        }
    }

    @Override
    public void close() {
        closing.countDown();
        KafkaConsumer<byte[], byte[]> open = consumer;
        if (open != null) {
            open.wakeup();
        }
        try {
            thread.join(CLOSE.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
