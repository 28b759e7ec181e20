package io.keyferry.snapshot;

import io.keyferry.model.Progress;
import io.keyferry.model.TableName;
import io.keyferry.model.Topics;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.producer.ProducerRecord;

/** How far the snapshot is, as the progress topic holds it. The thread that publishes changes owns it. */
final class SnapshotProgress {

    private static final long EVERY_NANOS = 1_000_000_000L;

    private final String topic;
    private final Map<TableName, Long> rows = new HashMap<>();
    private boolean complete;
    private long told = System.nanoTime();

    private SnapshotProgress(String topic) {
        this.topic = topic;
    }

    /** Of a snapshot that begins now: what the topic holds of an earlier one is taken back. */
    static SnapshotProgress ofNewSnapshot(Topics topics, CompactedTopic progress) {
        SnapshotProgress begun = new SnapshotProgress(topics.progress());
        progress.write(
                Map.of(ByteBuffer.wrap(begun.snapshot().key()), begun.snapshot().value()));
        return begun;
    }

    /**
     * Of a snapshot that was complete before this start. It is told again where the topic does not say so: the last
     * instance may have been killed between the two.
     */
    static SnapshotProgress ofCompletedSnapshot(Topics topics, CompactedTopic progress) {
        SnapshotProgress resumed = new SnapshotProgress(topics.progress());
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

    /** One more row of the snapshot has been handed on. */
    void count(TableName table) {
        rows.merge(table, 1L, Long::sum);
    }

    boolean isComplete() {
        return complete;
    }

    void complete() {
        complete = true;
    }

    /** Whether it is time to tell again how many rows there are. */
    boolean isDue() {
        return !complete && !rows.isEmpty() && System.nanoTime() - told > EVERY_NANOS;
    }

    /** The record that tells it. */
    ProducerRecord<byte[], byte[]> record() {
        told = System.nanoTime();
        return new ProducerRecord<>(topic, snapshot().key(), snapshot().value());
    }

    private Progress.Snapshot snapshot() {
        return new Progress.Snapshot(complete, rows);
    }

    long totalRows() {
        return rows.values().stream().mapToLong(Long::longValue).sum();
    }
}
