package io.keyferry.snapshot;

import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What Debezium stored of its position.
 *
 * @param snapshotCompleted whether the initial snapshot had been handed on in full
 * @param beingRead tables, as Debezium names them, that it reads between changes or is yet to
 * @param position how far into the write-ahead log the changes had been handed on
 */
record StoredOffset(boolean snapshotCompleted, Set<String> beingRead, long position) {

    static final StoredOffset NONE = new StoredOffset(false, Set.of(), 0);

    private static final String TABLES = "incremental_snapshot_collections";
    private static final Pattern TABLE =
            Pattern.compile("\"incremental_snapshot_collections_id\"\\s*:\\s*\"((?:[^\"\\\\]|\\\\.)*)\"");

    /** Reads a source offset, as a record carries it and as the offsets topic holds it. */
    static StoredOffset of(Map<?, ?> offset) {
        long position = Stream.of("lsn", "lsn_proc", "lsn_commit")
                .map(offset::get)
                .filter(Number.class::isInstance)
                .mapToLong(lsn -> ((Number) lsn).longValue())
                .max()
                .orElse(0);
        return new StoredOffset(!isWithinSnapshot(offset), beingRead(offset), position);
    }

    private static Set<String> beingRead(Map<?, ?> offset) {
        return offset.get(TABLES) instanceof String json
                ? TABLE.matcher(json)
                        .results()
                        .map(found -> found.group(1).replaceAll("\\\\(.)", "$1"))
                        .collect(Collectors.toSet())
                : Set.of();
    }

    private static boolean isWithinSnapshot(Map<?, ?> offset) {
        return offset.containsKey("snapshot")
                && !Boolean.TRUE.equals(offset.get("snapshot_completed"))
                && !Boolean.TRUE.equals(offset.get("last_snapshot_record"));
    }
}
