package io.keyferry.sink;

import io.keyferry.model.Rewrite;
import io.keyferry.model.TableName;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Rewrites for the journal. */
final class Rewrites {

    static final String SOURCE_KEY = "arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
    static final String TARGET_KEY = "arn:aws:kms:us-west-2:111122223333:key/mrk-0987dcba09fe87dc65baab0987654321";

    private Rewrites() {}

    /** A rewrite whose columns are given as name, old and new value, of a row that was read. */
    static Rewrite rewrite(TableName table, Map<String, String> key, String... columns) {
        return rewrite(table, key, Map.of(), null, columns);
    }

    static Rewrite rewrite(
            TableName table, Map<String, String> key, Map<String, String> context, Long txId, String... columns) {
        Map<String, Rewrite.Column> values = new HashMap<>();
        for (int i = 0; i < columns.length; i += 3) {
            values.put(columns[i], new Rewrite.Column(columns[i + 1], columns[i + 2], SOURCE_KEY, TARGET_KEY));
        }
        Rewrite.Source source = new Rewrite.Source(txId == null ? 0 : 7, txId, Instant.now(), txId == null);
        return new Rewrite(table, key, context, values, List.of(), source, Instant.now());
    }

    static Map<String, String> key(long id) {
        return Map.of("id", String.valueOf(id));
    }

    /** The rewrite of a row of such a table as it was made. */
    static Rewrite ssn(TableName table, long id) {
        String plain = "ssn " + id;
        return rewrite(table, key(id), "ssn", Ciphertexts.SOURCE.base64(plain), Ciphertexts.TARGET.base64(plain));
    }

    static Rewrite[] ssns(TableName table, int rows) {
        return IntStream.rangeClosed(1, rows).mapToObj(id -> ssn(table, id)).toArray(Rewrite[]::new);
    }

    static Rewrite both(TableName table, long id) {
        String ssn = "ssn " + id;
        String card = "card " + id;
        return rewrite(
                table,
                key(id),
                "ssn",
                Ciphertexts.SOURCE.base64(ssn),
                Ciphertexts.TARGET.base64(ssn),
                "card",
                Ciphertexts.SOURCE.raw(card),
                Ciphertexts.TARGET.raw(card));
    }
}
