package io.keyferry.cli.verify;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import java.util.TreeMap;

/** Counts what was found in one column. Used by one thread. */
final class ColumnResult {

    private final String column;
    private final Map<String, Long> byKey = new TreeMap<>();
    private long values;
    private long empty;
    private long mismatches;

    ColumnResult(String column) {
        this.column = column;
    }

    static ColumnResult of(JsonNode node) {
        ColumnResult result = new ColumnResult(node.path("column").asText());
        result.values = node.path("values").asLong();
        result.empty = node.path("empty").asLong();
        result.mismatches = node.path("mismatches").asLong();
        node.path("byKey")
                .properties()
                .forEach(key -> result.byKey.put(key.getKey(), key.getValue().asLong()));
        return result;
    }

    /** @param target ARN that a readable value is counted under, whatever Region read it */
    void add(Verdict verdict, String target) {
        if (verdict instanceof Verdict.Empty) {
            empty++;
            return;
        }
        values++;
        if (verdict instanceof Verdict.Unreadable unreadable) {
            mismatches++;
            unreadable.key().ifPresent(key -> byKey.merge(key, 1L, Long::sum));
        } else {
            byKey.merge(target, 1L, Long::sum);
        }
    }

    String column() {
        return column;
    }

    /** Those that are not empty. */
    long values() {
        return values;
    }

    long empty() {
        return empty;
    }

    long mismatches() {
        return mismatches;
    }

    ObjectNode json() {
        ObjectNode node = JsonNodeFactory.instance
                .objectNode()
                .put("column", column)
                .put("values", values)
                .put("empty", empty);
        byKey.forEach(node.putObject("byKey")::put);
        return node.put("mismatches", mismatches);
    }
}
