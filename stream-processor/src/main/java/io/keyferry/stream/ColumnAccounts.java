package io.keyferry.stream;

import io.keyferry.model.Counter;
import io.keyferry.model.Counts;
import io.keyferry.model.DeadLetter;
import io.keyferry.model.PartAccounts;
import io.keyferry.model.Progress;
import io.keyferry.model.TableName;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * What one task counted, in a store whose changes commit together with the task's offsets and outputs: so the counts are
 * exact after any crash, and wherever the task goes on. Owned by the task's stream thread.
 */
final class ColumnAccounts {

    static final String STAGE = "stream-processor";

    private final KeyValueStore<byte[], byte[]> store;
    private final PartAccounts accounts;
    private final Map<Name, Progress.ColumnCounts> changed = new LinkedHashMap<>();
    /** The store's keys of what changes with every record. */
    private final Map<Object, byte[]> keys = new HashMap<>();

    private record Name(TableName table, String column) {}

    ColumnAccounts(KeyValueStore<byte[], byte[]> store, int part) {
        this.store = store;
        accounts = new PartAccounts(STAGE, part, true);
        try (KeyValueIterator<byte[], byte[]> entries = store.all()) {
            entries.forEachRemaining(entry -> accounts.load(Progress.read(entry.key, entry.value)));
        }
        // A task may have stopped between counting and telling, so one that starts tells all it knows.
        accounts.counts().forEach(this::toBeTold);
    }

    private void toBeTold(Progress.ColumnCounts counts) {
        changed.put(new Name(counts.table(), counts.column()), counts);
    }

    /** Notes what became of a column of the record that is being processed. */
    PartAccounts.Noted note(
            DeadLetter.Position position, TableName table, String column, Counter outcome, String settings) {
        return accounts.note(position.topic(), position.offset(), table, column, outcome, settings);
    }

    /**
     * The record has been counted; called once for each, at its end. Written now and not at the next commit, because
     * Streams has no call before one: what is written later is committed later.
     */
    void done(DeadLetter.Position position) {
        accounts.done(position.topic(), position.offset());
        for (Progress record : accounts.changed()) {
            if (record instanceof Progress.ColumnCounts counts) {
                toBeTold(counts);
                store.put(key(new Name(counts.table(), counts.column()), counts), counts.value());
            } else if (record instanceof Progress.Counted mark) {
                store.put(key(mark.topic(), mark), mark.value());
            } else {
                // without a value, it deletes
                store.put(record.key(), record.value());
            }
        }
    }

    private byte[] key(Object name, Progress record) {
        return keys.computeIfAbsent(name, first -> record.key());
    }

    Counts of(TableName table, String column) {
        return accounts.of(table, column);
    }

    /** The counts that changed since this was asked last. */
    List<Progress> changed() {
        List<Progress> records = new ArrayList<>(changed.values());
        changed.clear();
        return records;
    }
}
