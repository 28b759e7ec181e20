package io.keyferry.snapshot;

import io.keyferry.model.Progress;
import io.keyferry.model.TableName;
import io.keyferry.model.TableReading;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** What the progress topic holds of snapshots, read once and changed before an engine starts. */
final class SnapshotRecords {

    private final CompactedTopic topic;
    private final Map<TableName, TableReading> readings = new HashMap<>();
    private final Instant newest;
    private Progress.Snapshot snapshot = new Progress.Snapshot(false, Map.of());

    SnapshotRecords(CompactedTopic topic) {
        this.topic = topic;
        topic.read().forEach((key, value) -> {
            if (!Progress.isKey(key.array())) {
                return; // not KeyFerry's
            }
            Progress record = Progress.read(key.array(), value);
            if (record instanceof Progress.Snapshot stored) {
                snapshot = stored;
            } else if (record instanceof TableReading stored) {
                readings.put(stored.table(), stored);
            }
        });
        newest = Stream.concat(
                        snapshot.since().values().stream(),
                        readings.values().stream().map(TableReading::since))
                .max(Comparator.naturalOrder())
                .orElse(Instant.EPOCH);
    }

    Progress.Snapshot snapshot() {
        return snapshot.with(readings.values());
    }

    Map<TableName, TableReading> readings() {
        return Map.copyOf(readings);
    }

    /** The latest time from when on a table has been streamed, as far as is known. */
    Instant newest() {
        return newest;
    }

    /** Takes back since when these tables were streamed: their changes were missed, so that they must be read again. */
    void takeBack(Set<TableName> missed) {
        Map<TableName, Instant> since = new HashMap<>(snapshot.since());
        if (since.keySet().removeAll(missed)) {
            write(new Progress.Snapshot(false, Map.of(), since));
        }
    }

    /** Takes back all. */
    void takeBackAll() {
        write(new Progress.Snapshot(false, Map.of()));
    }

    private void write(Progress.Snapshot changed) {
        topic.write(Map.of(ByteBuffer.wrap(changed.key()), changed.value()));
        snapshot = changed;
    }
}
