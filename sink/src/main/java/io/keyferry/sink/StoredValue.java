package io.keyferry.sink;

import io.keyferry.model.RecordText;
import io.keyferry.model.TableName;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Map;
import java.util.TreeMap;

/**
 * One column of one row, with what it holds; toString names no value.
 *
 * @param context what its encryption context is made from, without NULLs: with another context it is another value
 * @param settings the digest of the column's settings: under others it may fare otherwise
 */
record StoredValue(
        TableName table,
        Map<String, String> key,
        String column,
        String stored,
        Map<String, String> context,
        String settings) {

    /** What is kept of a value where many must be remembered: equal for equal values only. */
    ByteBuffer fingerprint() {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            add(digest, table.schema());
            add(digest, table.table());
            add(digest, key);
            add(digest, column);
            add(digest, stored);
            add(digest, context);
            add(digest, settings);
            return ByteBuffer.wrap(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    private static void add(MessageDigest digest, Map<String, String> parts) {
        add(digest, String.valueOf(parts.size()));
        new TreeMap<>(parts).forEach((name, value) -> {
            add(digest, name);
            add(digest, value);
        });
    }

    private static void add(MessageDigest digest, String part) {
        // as a dead letter has it
        byte[] bytes = RecordText.shortened(part).getBytes(StandardCharsets.UTF_8);
        digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(0, bytes.length));
        digest.update(bytes);
    }

    @Override
    public String toString() {
        return table + " " + key + " " + column;
    }
}
