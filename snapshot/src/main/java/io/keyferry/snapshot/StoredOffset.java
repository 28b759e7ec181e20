package io.keyferry.snapshot;

import java.util.Map;
import java.util.Optional;
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
 * @param confirmed what of it may have been confirmed to the server: the last whole transaction
 */
record StoredOffset(boolean snapshotCompleted, Set<String> beingRead, long position, long confirmed) {

    static final StoredOffset NONE = new StoredOffset(false, Set.of(), 0, 0);

    private static final String TABLES = "incremental_snapshot_collections";
    private static final Pattern TABLE =
            Pattern.compile("\"incremental_snapshot_collections_id\"\\s*:\\s*\"((?:[^\"\\\\]|\\\\.)*)\"");

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
        return new StoredOffset(!isWithinSnapshot(offset), beingRead(offset), position, confirmed);
    }

    private static Optional<Long> number(Map<?, ?> offset, String name) {
        return offset.get(name) instanceof Number lsn ? Optional.of(lsn.longValue()) : Optional.empty();
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
