package io.keyferry.snapshot;

import io.keyferry.model.Progress;
import io.keyferry.model.TableName;
import io.keyferry.model.Topics;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How far a snapshot is that Debezium takes before it streams changes. The thread that publishes changes owns it. */
final class InitialProgress implements SnapshotProgress {

    private static final Logger log = LoggerFactory.getLogger(InitialProgress.class);

    private static final long EVERY_NANOS = 1_000_000_000L;

    private final String topic;
    private final Map<TableName, Long> rows = new HashMap<>();
    private boolean complete;
    private long told = System.nanoTime();

    private InitialProgress(String topic) {
        this.topic = topic;
    }

    /** Of a snapshot that begins now: what the topic holds of an earlier one is taken back. */
    static InitialProgress ofNewSnapshot(Topics topics, CompactedTopic progress) {
        InitialProgress begun = new InitialProgress(topics.progress());
        progress.write(
                Map.of(ByteBuffer.wrap(begun.snapshot().key()), begun.snapshot().value()));
        return begun;
    }

    /**
     * Of a snapshot that was complete before this start. It is told again where the topic does not say so: the last
     * instance may have been killed between the two.
     */
    static InitialProgress ofCompletedSnapshot(Topics topics, CompactedTopic progress) {
        InitialProgress resumed = new InitialProgress(topics.progress());
        resumed.complete = true;
        ByteBuffer key = ByteBuffer.wrap(resumed.snapshot().key());
        byte[] stored = progress.read().get(key);
        if (stored != null && Progress.read(key.array(), stored) instanceof Progress.Snapshot before) {
            resumed.rows.putAll(before.rows());
            if (before.complete()) {
                return resumed;
            }
        }
        progress.write(Map.of(key, resumed.snapshot().value()));
        return resumed;
    }

    @Override
    public void count(TableName table) {
        rows.merge(table, 1L, Long::sum);
    }

    /** The snapshot is complete with the first offset after it: its rows come in order, and are acknowledged by now. */
    @Override
    public List<ProducerRecord<byte[], byte[]>> news(StoredOffset handedOn) {
        if (complete) {
            return List.of();
        }
        if (handedOn.snapshotCompleted()) {
            complete = true;
            log.info("the snapshot is complete: {} rows", totalRows());
        } else if (rows.isEmpty() || System.nanoTime() - told < EVERY_NANOS) {
            return List.of();
        }
        told = System.nanoTime();
        return List.of(new ProducerRecord<>(topic, snapshot().key(), snapshot().value()));
    }

    private Progress.Snapshot snapshot() {
        return new Progress.Snapshot(complete, rows);
    }

    private long totalRows() {
        return rows.values().stream().mapToLong(Long::longValue).sum();
    }
}
