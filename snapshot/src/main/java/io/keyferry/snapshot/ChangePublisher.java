package io.keyferry.snapshot;

import io.debezium.embedded.EmbeddedEngineChangeEvent;
import io.debezium.engine.ChangeEvent;
import io.debezium.engine.DebeziumEngine.ChangeConsumer;
import io.debezium.engine.DebeziumEngine.RecordCommitter;
import io.keyferry.model.KeyFerryException;
import io.keyferry.model.TableLayout;
import io.keyferry.model.TableName;
import io.keyferry.model.Topics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.source.SourceRecord;

/**
 * Hands each batch of one engine on to the change topics. The engine's polling thread owns it, but for {@link #waiting}
 * and {@link #close}.
 */
final class ChangePublisher implements ChangeConsumer<ChangeEvent<byte[], byte[]>>, AutoCloseable {

    private static final int LARGEST_REQUEST = 64 << 20;
    private static final Duration CLOSE = Duration.ofSeconds(2);
    private static final long LOOK_MILLIS = 100;

    private final Topics topics;
    private final Map<TableName, TableLayout> layouts;
    private final SnapshotProgress progress;
    private final KafkaProducer<byte[], byte[]> producer;
    private final BooleanSupplier paused;
    private volatile boolean stopping;
    private volatile long batchStarted;

    /** @param paused whether nothing is to be handed on at present */
    ChangePublisher(
            Topics topics,
            List<TableLayout> layouts,
            SnapshotProgress progress,
            Map<String, Object> kafkaClientProperties,
            BooleanSupplier paused) {
        this.topics = topics;
        this.paused = paused;
        this.layouts = layouts.stream().collect(Collectors.toMap(TableLayout::name, Function.identity()));
        this.progress = progress;
        Map<String, Object> properties = new HashMap<>(kafkaClientProperties);
        properties.put(ProducerConfig.CLIENT_ID_CONFIG, topics.migration() + ".snapshot");
        properties.put(ProducerConfig.ACKS_CONFIG, "all");
        properties.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
        properties.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, "lz4");
        properties.put(ProducerConfig.LINGER_MS_CONFIG, 2);
        properties.put(ProducerConfig.BATCH_SIZE_CONFIG, 256 << 10);
        properties.put(ProducerConfig.BUFFER_MEMORY_CONFIG, (long) LARGEST_REQUEST);
        properties.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, LARGEST_REQUEST);
        // a stopped Kafka is waited for, however long it takes: a record given up could be overtaken by the next one
        properties.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, Long.MAX_VALUE);
        properties.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, Integer.MAX_VALUE);
        this.producer = new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer());
    }

    private record Sent(TableName table, Future<RecordMetadata> acknowledgement) {}

    /**
     * Marks nothing before Kafka has acknowledged everything: what is marked, Debezium stores as done and confirms to
     * the server, which then forgets it.
     */
    @Override
    public void handleBatch(
            List<ChangeEvent<byte[], byte[]>> events, RecordCommitter<ChangeEvent<byte[], byte[]>> committer)
            throws InterruptedException {
        awaitResumed();
        batchStarted = System.nanoTime();
        try {
            List<Sent> sent = new ArrayList<>(events.size());
            for (ChangeEvent<byte[], byte[]> event : events) {
                send(event, sent);
            }
            for (Sent change : sent) {
                await(change);
            }
            tellProgress(events);
        } catch (InterruptException e) {
            throw new InterruptedException(e.getMessage());
        } finally {
            batchStarted = 0;
        }
        for (ChangeEvent<byte[], byte[]> event : events) {
            committer.markProcessed(event);
        }
        committer.markBatchFinished();
    }

    /**
     * Debezium reads on until its queue is full and then stands still, as when Kafka is away: its connection stays, and the
     * slot keeps all that has not been handed on. Whoever stops is not kept: what was read goes to Kafka and no further.
     */
    private void awaitResumed() throws InterruptedException {
        while (paused.getAsBoolean() && !stopping) {
            Thread.sleep(LOOK_MILLIS);
        }
    }

    /** From now on a pause holds up nothing: the engine is about to be stopped. */
    void stopping() {
        stopping = true;
    }

    private void send(ChangeEvent<byte[], byte[]> event, List<Sent> sent) {
        SourceRecord record = sourceRecord(event);
        if (record.topic().equals(EngineSettings.NOTIFICATIONS)) {
            progress.notified((Struct) record.value());
            return;
        }
        if (!(record.value() instanceof Struct value) || value.schema().field("source") == null) {
            return; // a heartbeat: it only moves the offset
        }
        Struct source = value.getStruct("source");
        TableName table = new TableName(source.getString("schema"), source.getString("table"));
        if (!layouts.containsKey(table)) {
            throw new KeyFerryException("Debezium delivered a change of " + table + ", which is not migrated");
        }
        sent.add(new Sent(
                table, producer.send(new ProducerRecord<>(topics.changes(table), event.key(), event.value()))));
        if (!StoredOffset.of(record.sourceOffset()).snapshotCompleted() || "r".equals(value.getString("op"))) {
            progress.count(table);
        }
    }

    private void await(Sent change) throws InterruptedException {
        try {
            change.acknowledgement().get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RecordTooLargeException) {
                throw new KeyFerryException(
                        "a change of " + change.table() + " (row key "
                                + layouts.get(change.table()).rowKey()
                                + ") is larger than Kafka accepts: raise max.message.bytes of topic "
                                + topics.changes(change.table()) + ", and the broker's replica.fetch.max.bytes with it",
                        e.getCause());
            }
            throw new KafkaException("topic " + topics.changes(change.table()) + " cannot be written", e.getCause());
        }
    }

    private void tellProgress(List<ChangeEvent<byte[], byte[]>> events) throws InterruptedException {
        if (events.isEmpty()) {
            return;
        }
        ChangeEvent<byte[], byte[]> last = events.get(events.size() - 1);
        try {
            for (ProducerRecord<byte[], byte[]> news :
                    progress.news(StoredOffset.of(sourceRecord(last).sourceOffset()))) {
                producer.send(news).get();
            }
        } catch (ExecutionException e) {
            throw new KafkaException("topic " + topics.progress() + " cannot be written", e.getCause());
        }
    }

    private static SourceRecord sourceRecord(ChangeEvent<byte[], byte[]> event) {
        return ((EmbeddedEngineChangeEvent<?, ?, ?>) event).sourceRecord();
    }

    /** How long Kafka has kept the current batch waiting. */
    Duration waiting() {
        long started = batchStarted;
        return started == 0 ? Duration.ZERO : Duration.ofNanos(System.nanoTime() - started);
    }

    @Override
    public boolean supportsTombstoneEvents() {
        return false;
    }

    @Override
    public void close() {
        producer.close(CLOSE);
    }
}
