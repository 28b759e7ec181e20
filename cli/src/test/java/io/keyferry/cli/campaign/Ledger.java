package io.keyferry.cli.campaign;

import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The application's record of what it committed: each row's plaintexts as they are to be now, and all that it ever wrote
 * before. Safe for many threads; a row is only ever written by one.
 */
final class Ledger {

    private final Map<RowKey, Map<Encrypted, String>> rows = new HashMap<>();
    private final Set<String> everWritten = new HashSet<>();
    private final AtomicLong writes = new AtomicLong();

    /** The row as it is after a commit: a plaintext, {@code ""} or null by column; null where the row was deleted. */
    synchronized void committed(RowKey key, Map<Encrypted, String> row) {
        writes.incrementAndGet();
        if (row == null) {
            rows.remove(key);
        } else {
            rows.put(key, new EnumMap<>(row));
            row.values().forEach(everWritten::add);
        }
    }

    synchronized Map<RowKey, Map<Encrypted, String>> rows() {
        return new HashMap<>(rows);
    }

    /** Whether it is one that was written at some time, to any row. */
    synchronized boolean wasWritten(String plaintext) {
        return everWritten.contains(plaintext);
    }

    long writes() {
        return writes.get();
    }
}
