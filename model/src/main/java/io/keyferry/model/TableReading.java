package io.keyferry.model;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * How far one table has been read, where tables are read one by one: everything up to the position has been acknowledged
 * by Kafka.
 *
 * @param since from when on the table's changes were streamed before this reading began
 * @param columns the encrypted columns it covers, each with the digest of its settings
 * @param after the row key that was read last, as text by column; empty before the first row, and where Debezium reads
 * @param rows rows read so far
 */
public record TableReading(
        TableName table,
        Instant since,
        Map<String, String> columns,
        Map<String, String> after,
        long rows,
        boolean complete)
        implements Progress {

    public TableReading {
        columns = Map.copyOf(columns);
        after = Collections.unmodifiableMap(new LinkedHashMap<>(after));
    }

    /** A reading that is yet to begin. */
    public static TableReading begin(Migration migration, Migration.Table table, Instant since) {
        return new TableReading(table.name(), since, columns(migration, table), Map.of(), 0, false);
    }

    /** Whether it is of the table as it is to be read now: since then, and with all of its columns as they are set. */
    public boolean covers(Migration migration, Migration.Table now, Instant then) {
        return table.equals(now.name())
                && since.equals(then)
                && columns.entrySet().containsAll(columns(migration, now).entrySet());
    }

    private static Map<String, String> columns(Migration migration, Migration.Table table) {
        Map<String, String> columns = new TreeMap<>();
        table.columns().forEach(column -> columns.put(column.name(), migration.settings(column)));
        return columns;
    }

    /** The same, so many rows further. */
    public TableReading further(Map<String, String> lastKey, long more) {
        return new TableReading(table, since, columns, lastKey, rows + more, complete);
    }

    public TableReading completed() {
        return new TableReading(table, since, columns, after, rows, true);
    }

    @Override
    public byte[] key() {
        return Json.bytes(Json.object().put("kind", "reading").put("table", table.toString()));
    }

    @Override
    public byte[] value() {
        var node = Json.versioned().put("since", since.toString());
        node.set("columns", Json.texts(new TreeMap<>(columns)));
        node.set("after", Json.texts(after));
        return Json.bytes(node.put("rows", rows).put("complete", complete));
    }

    static TableReading read(JsonNode head, JsonNode node) {
        return new TableReading(
                TableName.parse(Json.text(head, "table")),
                Json.instant(Json.text(node, "since")),
                Json.texts(node.path("columns")),
                Json.texts(node.path("after")),
                node.path("rows").asLong(),
                node.path("complete").asBoolean());
    }
}
