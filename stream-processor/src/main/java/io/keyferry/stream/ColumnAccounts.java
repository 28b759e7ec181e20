package io.keyferry.stream;

import io.keyferry.model.Counter;
import io.keyferry.model.Counts;
import io.keyferry.model.Progress;
import io.keyferry.model.TableName;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * What one task counted, in a store whose changes commit together with the task's offsets and outputs: so the counts are
 * exact after any crash. Owned by the task's stream thread.
 */
final class ColumnAccounts {

    static final String STAGE = "stream-processor";

    private final KeyValueStore<byte[], byte[]> store;
    private final int part;
    private final Map<Name, Counts> counts = new HashMap<>();
    private final Set<Name> changed = new LinkedHashSet<>();

    private record Name(TableName table, String column) {}

    ColumnAccounts(KeyValueStore<byte[], byte[]> store, int part) {
        this.store = store;
        this.part = part;
        try (KeyValueIterator<byte[], byte[]> entries = store.all()) {
            entries.forEachRemaining(entry -> {
                Progress.ColumnCounts read = (Progress.ColumnCounts) Progress.read(entry.key, entry.value);
                counts.put(new Name(read.table(), read.column()), read.counts());
            });
        }
        // A task may have stopped between counting and telling, so one that starts tells all it knows.
        changed.addAll(counts.keySet());
    }

    /** Counts one value of a column as seen, and its outcome, if it has one here. */
    void count(TableName table, String column, Counter outcome) {
        Name name = new Name(table, column);
        Counts sum =
                counts.getOrDefault(name, Counts.NONE).plus(Counter.SEEN, 1).plus(outcome, 1);
        counts.put(name, sum);
        changed.add(name);
        Progress.ColumnCounts record = record(name, sum);
        store.put(record.key(), record.value());
    }

    Counts of(TableName table, String column) {
        return counts.getOrDefault(new Name(table, column), Counts.NONE);
    }

    /** What changed since this was asked last. */
    List<Progress> changed() {
        List<Progress> records = new ArrayList<>();
        changed.forEach(name -> records.add(record(name, counts.get(name))));
        changed.clear();
        return records;
    }

    private Progress.ColumnCounts record(Name name, Counts sum) {
        return new Progress.ColumnCounts(STAGE, part, name.table(), name.column(), sum);
    }
}
