package io.keyferry.cli.verify;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What was found in one table, and how far it has been read. Used by one thread. */
final class TableResult {

    private final String table;
    private final Map<String, ColumnResult> columns = new LinkedHashMap<>();
    private long rows;
    private Map<String, String> after = Map.of();
    private Optional<Spread> spread = Optional.empty();
    private boolean complete;

    /** @param columns encrypted ones */
    TableResult(String table, Collection<String> columns) {
        this.table = table;
        columns.forEach(column -> this.columns.put(column, new ColumnResult(column)));
    }

    String table() {
        return table;
    }

    ColumnResult column(String column) {
        return columns.get(column);
    }

    Collection<ColumnResult> columns() {
        return columns.values();
    }

    long rows() {
        return rows;
    }

    /** Values looked at, empty ones included. */
    long looked() {
        return columns.values().stream()
                .mapToLong(column -> column.values() + column.empty())
                .sum();
    }

    long mismatches() {
        return columns.values().stream().mapToLong(ColumnResult::mismatches).sum();
    }

    /** The row key to go on after; empty before the first row. */
    Map<String, String> after() {
        return after;
    }

    /** Where the rows of a sample are; empty as long as that is not known. */
    Optional<Spread> spread() {
        return spread;
    }

    boolean isComplete() {
        return complete;
    }

    void row() {
        rows++;
    }

    /** Everything up to this place has been counted. */
    void reached(Map<String, String> lastKey, Optional<Spread> further) {
        after = lastKey;
        spread = further;
    }

    void completed() {
        complete = true;
    }

    ObjectNode json() {
        ObjectNode node =
                JsonNodeFactory.instance.objectNode().put("table", table).put("rows", rows);
        ArrayNode array = node.putArray("columns");
        columns.values().forEach(column -> array.add(column.json()));
        return node;
    }

    /** Where to go on. */
    ObjectNode place() {
        ObjectNode node =
                JsonNodeFactory.instance.objectNode().put("table", table).put("complete", complete);
        after.forEach(node.putObject("after")::put);
        spread.ifPresent(known -> node.set("spread", known.json()));
        return node;
    }

    static TableResult of(JsonNode found, JsonNode place) {
        TableResult result = new TableResult(found.path("table").asText(), List.of());
        result.rows = found.path("rows").asLong();
        found.path("columns").forEach(column -> {
            ColumnResult counts = ColumnResult.of(column);
            result.columns.put(counts.column(), counts);
        });
        result.after = Texts.of(place.path("after"));
        result.spread =
                Optional.of(place.path("spread")).filter(JsonNode::isObject).map(Spread::of);
        result.complete = place.path("complete").asBoolean();
        return result;
    }
}
