package io.keyferry.sink;

import io.keyferry.model.Counts;
import io.keyferry.model.KeyFerryException;
import io.keyferry.model.Progress;
import io.keyferry.model.SourceKeyUse;
import io.keyferry.model.TableName;
import io.keyferry.model.TableReading;
import io.keyferry.model.UnreadableRecordException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads the progress topic and keeps the newest record of each key. Used by one thread. */
public final class ProgressReader implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(ProgressReader.class);

    private final TopicReader topic;
    private final Map<ByteBuffer, Progress> newest = new LinkedHashMap<>();
    private Instant sweepTold;

    /** A table's column. */
    public record ColumnName(TableName table, String column) implements Comparable<ColumnName> {

        @Override
        public int compareTo(ColumnName other) {
            int byTable = table.compareTo(other.table);
            return byTable != 0 ? byTable : column.compareTo(other.column);
        }

        @Override
        public String toString() {
            return table + "." + column;
        }
    }

    /**
     * @param topic the migration's progress topic, which exists
     * @param kafka client properties: bootstrap.servers, security
     */
    public ProgressReader(String topic, Map<String, Object> kafka) {
        this.topic = new TopicReader(topic, kafka, this::take);
    }

    /**
     * What has not a key of ours takes the place of nothing and is passed over. What has one, and cannot be read, has
     * taken the place of counts that are then gone: to go on without them would make the accounts wrong for ever.
     */
    private void take(ConsumerRecord<byte[], byte[]> record) {
        if (!Progress.isKey(record.key())) {
            log.warn("Passed over on {} at offset {}: no record of KeyFerry", record.topic(), record.offset());
            return;
        }
        ByteBuffer key = ByteBuffer.wrap(record.key());
        if (newest.remove(key) instanceof Progress.Sweep) {
            sweepTold = null;
        }
        if (record.value() != null) {
            Progress progress = read(record);
            newest.put(key, progress);
            if (progress instanceof Progress.Sweep) {
                sweepTold = Instant.ofEpochMilli(record.timestamp());
            }
        }
    }

    private static Progress read(ConsumerRecord<byte[], byte[]> record) {
        try {
            return Progress.read(record.key(), record.value());
        } catch (UnreadableRecordException e) {
            throw new KeyFerryException(
                    "The newest record of " + new String(record.key(), StandardCharsets.UTF_8) + " on " + record.topic()
                            + ", at offset " + record.offset() + ", was not written by KeyFerry: " + e.getMessage()
                            + ". Find out what writes to the topic, write the record before it under the same key"
                            + " again, and run again.",
                    e);
        }
    }

    /**
     * Reads on until everything is read that was written before this call, waiting for the transactions that are open
     * there: what another instance committed just now is included.
     */
    public void readToEnd() {
        topic.readToEnd();
    }

    /** Reads on with what is there, waiting a moment at the most. */
    public void readAvailable() {
        topic.readAvailable();
    }

    /** The newest record of every key, in the order they were written. */
    public Collection<Progress> records() {
        return List.copyOf(newest.values());
    }

    /** The counts of every column, all stages and parts together. */
    public Map<ColumnName, Counts> counts() {
        Map<ColumnName, Counts> sums = new TreeMap<>();
        of(Progress.ColumnCounts.class)
                .forEach(counts ->
                        sums.merge(new ColumnName(counts.table(), counts.column()), counts.counts(), Counts::plus));
        return sums;
    }

    /** When values under the source keys were met last, by column, all parts together. */
    public Map<ColumnName, SourceKeyUse> sourceKeyUses() {
        Map<ColumnName, SourceKeyUse> latest = new TreeMap<>();
        of(Progress.SourceKey.class)
                .forEach(told ->
                        latest.merge(new ColumnName(told.table(), told.column()), told.use(), SourceKeyUse::latest));
        return latest;
    }

    /** How far the snapshot is, with what has been read table by table. */
    public Optional<Progress.Snapshot> snapshot() {
        return of(Progress.Snapshot.class).stream().findAny().map(snapshot -> snapshot.with(of(TableReading.class)));
    }

    public Optional<Progress.Sweep> sweep() {
        return of(Progress.Sweep.class).stream().findAny();
    }

    /** When an undo last wrote, or was about to. */
    public Optional<Progress.Undone> undone() {
        return of(Progress.Undone.class).stream().findAny();
    }

    /** When the newest sweep ended, as its record was written. */
    public Optional<Instant> sweepEnded() {
        return Optional.ofNullable(sweepTold);
    }

    /** The newest records of one kind. */
    public <P extends Progress> List<P> of(Class<P> kind) {
        return newest.values().stream().filter(kind::isInstance).map(kind::cast).toList();
    }

    @Override
    public void close() {
        topic.close();
    }
}
