package io.keyferry.snapshot;

import java.util.Map;
import java.util.stream.Stream;

/**
 * What Debezium stored of its position.
 *
 * @param snapshotCompleted whether the initial snapshot had been handed on in full
 * @param position how far into the write-ahead log the changes had been handed on
 */
record StoredOffset(boolean snapshotCompleted, long position) {

    /** Reads a source offset, as a record carries it and as the offsets topic holds it. */
    static StoredOffset of(Map<?, ?> offset) {
        long position = Stream.of("lsn", "lsn_proc", "lsn_commit")
                .map(offset::get)
                .filter(Number.class::isInstance)
                .mapToLong(lsn -> ((Number) lsn).longValue())
                .max()
                .orElse(0);
        return new StoredOffset(!isWithinSnapshot(offset), position);
    }

    private static boolean isWithinSnapshot(Map<?, ?> offset) {
        return offset.containsKey("snapshot")
                && !Boolean.TRUE.equals(offset.get("snapshot_completed"))
                && !Boolean.TRUE.equals(offset.get("last_snapshot_record"));
    }
}
