package io.keyferry.snapshot;

import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What Debezium stored of its position.
 *
 * @param snapshotCompleted whether the initial snapshot had been handed on in full
 * @param position how far into the write-ahead log the changes had been handed on
 * @param confirmed what of it may have been confirmed to the server: the last whole transaction
 */
record StoredOffset(boolean snapshotCompleted, long position, long confirmed) {

    /** Reads a source offset, as a record carries it and as the offsets topic holds it. */
    static StoredOffset of(Map<?, ?> offset) {
        long position = Stream.of("lsn", "lsn_proc", "lsn_commit")
                .flatMap(name -> number(offset, name).stream())
                .max(Long::compare)
                .orElse(0L);
        // in Debezium's own order: this is what it confirms, and what it would go back to
        long confirmed = Stream.of("lsn_commit", "lsn_proc", "lsn")
                .flatMap(name -> number(offset, name).stream())
                .findFirst()
                .orElse(0L);
        return new StoredOffset(!isWithinSnapshot(offset), position, confirmed);
    }

    private static Optional<Long> number(Map<?, ?> offset, String name) {
        return offset.get(name) instanceof Number lsn ? Optional.of(lsn.longValue()) : Optional.empty();
    }

    private static boolean isWithinSnapshot(Map<?, ?> offset) {
        return offset.containsKey("snapshot")
                && !Boolean.TRUE.equals(offset.get("snapshot_completed"))
                && !Boolean.TRUE.equals(offset.get("last_snapshot_record"));
    }
}
