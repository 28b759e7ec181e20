package io.keyferry.stream;

import io.keyferry.model.Counter;
import io.keyferry.model.Counts;
import io.keyferry.model.DeadLetter;
import io.keyferry.model.PartAccounts;
import io.keyferry.model.Progress;
import io.keyferry.model.TableName;
import java.time.Instant;
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
    private final SourceKeyUses uses;
    private final Map<Name, Progress> changed = new LinkedHashMap<>();
    /** The store's keys of what changes with every record. */
    private final Map<Object, byte[]> keys = new HashMap<>();

    /** Of one column's counts, or of its use of the source keys. */
    private record Name(Class<? extends Progress> kind, TableName table, String column) {}

    ColumnAccounts(KeyValueStore<byte[], byte[]> store, int part) {
        this.store = store;
        accounts = new PartAccounts(STAGE, part, true);
        uses = new SourceKeyUses(part);
        try (KeyValueIterator<byte[], byte[]> entries = store.all()) {
            entries.forEachRemaining(entry -> {
                Progress committed = Progress.read(entry.key, entry.value);
                accounts.load(committed);
                uses.load(committed);
            });
        }
        // A task may have stopped between counting and telling, so one that starts tells all it knows.
        accounts.counts().forEach(counts -> changed.put(name(counts), counts));
        uses.all().forEach(use -> changed.put(name(use), use));
    }

    private static Name name(Progress.ColumnCounts counts) {
        return new Name(Progress.ColumnCounts.class, counts.table(), counts.column());
    }

    private static Name name(Progress.SourceKey use) {
        return new Name(Progress.SourceKey.class, use.table(), use.column());
    }

    /** Notes what became of a column of the record that is being processed. */
    PartAccounts.Noted note(
            DeadLetter.Position position, TableName table, String column, Counter outcome, String settings) {
        return accounts.note(position.topic(), position.offset(), table, column, outcome, settings);
    }

    /**
     * Notes that a column of the record that is being processed was under a source key.
     *
     * @param written when the application's change was committed; null for a row that was read
     */
    void noteSourceKey(TableName table, String column, String key, Instant seen, Instant written) {
        uses.note(table, column, key, seen, written);
    }

    /**
     * The record has been counted; called once for each, at its end. Written now and not at the next commit, because
     * Streams has no call before one: what is written later is committed later.
     */
    void done(DeadLetter.Position position) {
        accounts.done(position.topic(), position.offset());
        for (Progress record : accounts.changed()) {
            if (record instanceof Progress.ColumnCounts counts) {
                toBeTold(name(counts), counts);
            } else if (record instanceof Progress.Counted mark) {
                store.put(key(mark.topic(), mark), mark.value());
            } else {
                // without a value, it deletes
                store.put(record.key(), record.value());
            }
        }
        uses.changed().forEach(use -> toBeTold(name(use), use));
    }

    private void toBeTold(Name name, Progress record) {
        changed.put(name, record);
        store.put(key(name, record), record.value());
    }

    private byte[] key(Object name, Progress record) {
        return keys.computeIfAbsent(name, first -> record.key());
    }

    Counts of(TableName table, String column) {
        return accounts.of(table, column);
    }

    /** What changed since this was asked last: counts, and when source keys were met. */
    List<Progress> changed() {
        uses.corrected().forEach(use -> toBeTold(name(use), use));
        List<Progress> records = new ArrayList<>(changed.values());
        changed.clear();
        return records;
    }
}
