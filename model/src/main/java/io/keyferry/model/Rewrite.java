package io.keyferry.model;

import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * One row's re-encrypted columns, as the journal holds them. Every value is the text that PostgreSQL casts to the
 * column's type, byte for byte as it was or is to be stored.
 *
 * @param key the row key's columns, in their order
 * @param context the columns that the encryption contexts were made from; they are compared before a write
 * @param columns per column the old and the new stored value
 * @param readAgain columns of this row whose value the change did not carry: the sink reads the row and feeds it in
 * @param replayed columns whose outcome has been counted, by an earlier rewrite of the same change: they are written as
 *     all others are, and not counted again
 */
public record Rewrite(
        TableName table,
        Map<String, String> key,
        Map<String, String> context,
        Map<String, Column> columns,
        List<String> readAgain,
        Set<String> replayed,
        Source source,
        Instant rewrittenAt) {

    public Rewrite {
        key = ordered(key);
        context = ordered(context);
        columns = ordered(columns);
        readAgain = List.copyOf(readAgain);
        replayed = Set.copyOf(replayed);
    }

    /** A rewrite of a change that is read for the first time. */
    public Rewrite(
            TableName table,
            Map<String, String> key,
            Map<String, String> context,
            Map<String, Column> columns,
            List<String> readAgain,
            Source source,
            Instant rewrittenAt) {
        this(table, key, context, columns, readAgain, Set.of(), source, rewrittenAt);
    }

    /** One column's old and new stored value; toString names no value. */
    public record Column(String oldValue, String newValue, String sourceKey, String targetKey) {

        @Override
        public String toString() {
            return "Column[" + sourceKey + " -> " + targetKey + "]";
        }
    }

    /**
     * Where the change came from.
     *
     * @param lsn position in the write-ahead log as a number; 0 where there is none
     * @param txId the low 32 bits of the transaction that wrote the row; null for rows that were read, not streamed
     * @param committedAt when it was committed, or read
     * @param snapshot whether the row was read by a snapshot or a sweep
     */
    public record Source(long lsn, Long txId, Instant committedAt, boolean snapshot) {}

    /** Names the row, never a value. */
    @Override
    public String toString() {
        return "Rewrite[" + table + " " + key + " " + columns.keySet() + "]";
    }

    private static <V> Map<String, V> ordered(Map<String, V> map) {
        return Collections.unmodifiableMap(new LinkedHashMap<>(map));
    }
}
