package io.keyferry.snapshot;

import io.keyferry.model.Progress;
import io.keyferry.model.TableName;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells since when the changes of each table are streamed, so that its rows can be read from then on, one table after the
 * other.
 *
 * <p>It is told with the first record that an engine hands on: by then the slot exists, and the publication was complete
 * before. So what is committed before is there to be read, and what is committed after is in the stream. A transaction
 * that had changed a table before the table was added to the publication, and ended only after it was read, is neither; the
 * sweep finds it.
 */
final class StreamedTables implements SnapshotProgress {

    private static final Logger log = LoggerFactory.getLogger(StreamedTables.class);

    private final String topic;
    private final Map<TableName, Instant> since = new HashMap<>();
    private final Set<TableName> fresh;
    private boolean told;

    /**
     * @param tables of the migration as it is now
     * @param records what the progress topic holds; tables that are not streamed by it are from now on
     */
    StreamedTables(String topic, Set<TableName> tables, SnapshotRecords records) {
        this.topic = topic;
        Map<TableName, Instant> before = records.snapshot().since();
        fresh = new TreeSet<>(tables);
        fresh.removeAll(before.keySet());
        since.putAll(before);
        since.keySet().retainAll(tables);
        told = since.equals(before) && fresh.isEmpty();
        Instant now = Instant.now().truncatedTo(ChronoUnit.MILLIS);
        // another time than any before, whatever the clock says: it tells one reading from another
        Instant later = records.newest().plusMillis(1);
        Instant begin = now.isBefore(later) ? later : now;
        fresh.forEach(table -> since.put(table, begin));
    }

    @Override
    public void count(TableName table) {
        // Debezium reads none
    }

    @Override
    public List<ProducerRecord<byte[], byte[]>> news(StoredOffset handedOn) {
        if (told || !handedOn.snapshotCompleted()) {
            return List.of();
        }
        told = true;
        if (!fresh.isEmpty()) {
            log.info("changes are streamed; rows that were there before are read now, of {}", fresh);
        }
        Progress.Snapshot snapshot = new Progress.Snapshot(false, Map.of(), since);
        return List.of(new ProducerRecord<>(topic, snapshot.key(), snapshot.value()));
    }

    /** Since when each table is streamed; of no use before {@link #isTold}. */
    Map<TableName, Instant> since() {
        return Map.copyOf(since);
    }

    String topic() {
        return topic;
    }

    boolean isTold() {
        return told;
    }
}
