package io.keyferry.stream;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.keyferry.model.Migration;
import io.keyferry.model.RecordText;
import io.keyferry.model.Rewrite;
import io.keyferry.model.TableLayout;
import io.keyferry.model.TableName;
import io.keyferry.model.UnreadableRecordException;
import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** Reads Debezium's JSON (without schemas) of the migrated tables. Safe for many threads. */
final class ChangeFormat {

    /** What Debezium puts where an UPDATE left a TOASTed value as it was: an earlier change has it. */
    static final String UNCHANGED = "__debezium_unavailable_value";

    private static final Pattern ISO_DATE = Pattern.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}Z");
    private static final Set<String> OPERATIONS = Set.of("c", "r", "u");

    /** A value may be long, and is then dead-lettered as such. Of two fields of one name, nobody knows which was meant. */
    private final ObjectMapper mapper = new ObjectMapper(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxStringLength(Integer.MAX_VALUE)
                            .build())
                    .build())
            .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private final Map<TableName, Known> tables = new HashMap<>();

    private record Known(Migration.Table table, TableLayout layout, Set<String> context) {}

    ChangeFormat(List<Migration.Table> tables, List<TableLayout> layouts) {
        Map<TableName, TableLayout> byName = new HashMap<>();
        layouts.forEach(layout -> byName.put(layout.name(), layout));
        for (Migration.Table table : tables) {
            this.tables.put(table.name(), new Known(table, byName.get(table.name()), table.contextColumns()));
        }
    }

    /**
     * Reads one record.
     *
     * @return empty where the record changes no value: a delete, a tombstone, a message
     * @throws UnreadableRecordException where it is no change of a migrated table
     */
    Optional<Change> read(byte[] key, byte[] value) {
        if (value == null) {
            return Optional.empty();
        }
        JsonNode event = object(value, "value");
        String operation = event.path("op").asText();
        if (operation.equals("d") || operation.equals("t") || operation.equals("m")) {
            return Optional.empty();
        }
        JsonNode after = event.path("after");
        JsonNode source = event.path("source");
        if (!after.isObject() || !source.isObject() || !OPERATIONS.contains(operation)) {
            throw new UnreadableRecordException("not a Debezium change event with op, after and source");
        }
        TableName name = new TableName(
                source.path("schema").asText(), source.path("table").asText());
        Known known = tables.get(name);
        if (known == null) {
            String which = RecordText.isName(name.toString()) ? "the table " + name : "a table of no possible name";
            throw new UnreadableRecordException("a change of " + which + ", which is not in migration.yaml");
        }
        return Optional.of(new Change(
                known.table(), key(known, key), row(known, after), operation.equals("c"), source(event, source)));
    }

    private JsonNode object(byte[] json, String part) {
        try {
            JsonNode node = json == null ? null : mapper.readTree(json);
            if (node != null && node.isObject()) {
                return node;
            }
        } catch (IOException e) {
            // the parser's message quotes the text, which may hold a value
            throw new UnreadableRecordException("not JSON in its " + part);
        }
        throw new UnreadableRecordException("not a JSON object in its " + part);
    }

    private Map<String, String> key(Known known, byte[] json) {
        JsonNode node = object(json, "key");
        Map<String, String> key = new LinkedHashMap<>();
        for (String column : known.layout().rowKey()) {
            JsonNode value = node.get(column);
            if (value == null || value.isNull() || value.asText().equals(UNCHANGED)) {
                throw new UnreadableRecordException("without the row key's column " + column + " in its key");
            }
            key.put(column, text(value, known.layout().column(column)));
        }
        return key;
    }

    private static Map<String, String> row(Known known, JsonNode after) {
        Map<String, String> row = new HashMap<>();
        for (Migration.Column column : known.table().columns()) {
            put(row, known, after, column.name());
            if (known.layout().column(column.name()).type().equals("bpchar")) {
                row.computeIfPresent(column.name(), (name, value) -> withoutPadding(value));
            }
        }
        known.context().forEach(column -> put(row, known, after, column));
        return row;
    }

    private static void put(Map<String, String> row, Known known, JsonNode after, String column) {
        JsonNode value = after.get(column);
        if (value != null) {
            row.put(column, value.isNull() ? null : text(value, known.layout().column(column)));
        }
    }

    /** The blanks that fill up char(n) are the column's, not the ciphertext's; the server fills up what is written. */
    private static String withoutPadding(String value) {
        int end = value.length();
        while (end > 0 && value.charAt(end - 1) == ' ') {
            end--;
        }
        return value.substring(0, end);
    }

    /** PostgreSQL's text of a value, from the JSON that Debezium's connector makes of it. */
    private static String text(JsonNode value, TableLayout.Column column) {
        if (value.isContainerNode()) {
            throw new UnreadableRecordException("with more than one value for column " + column.name());
        }
        String text = value.asText();
        if (text.equals(UNCHANGED)) {
            return UNCHANGED;
        }
        if (!RecordText.isWellFormed(text)) {
            throw new UnreadableRecordException("with half a character in column " + column.name());
        }
        return switch (column.type()) {
            case "bytea" -> "\\x" + text;
            case "boolean" -> value.asBoolean() ? "t" : "f";
            case "date" -> date(text, column);
            case "numeric" -> numeric(text);
            default -> text;
        };
    }

    /** Debezium's isostring gives dates a zone that they do not have, and makes nonsense of infinity and dates BC. */
    private static String date(String text, TableLayout.Column column) {
        if (!text.endsWith("Z")) {
            return text;
        }
        if (!ISO_DATE.matcher(text).matches()) {
            throw new UnreadableRecordException("with a date in column " + column.name()
                    + " that Debezium's isostring cannot carry; the sweep brings the row");
        }
        return text.substring(0, text.length() - 1);
    }

    private static String numeric(String text) {
        return switch (text) {
            case "NAN" -> "NaN";
            case "POSITIVE_INFINITY" -> "Infinity";
            case "NEGATIVE_INFINITY" -> "-Infinity";
            default -> text;
        };
    }

    private static Rewrite.Source source(JsonNode event, JsonNode source) {
        String snapshot = source.path("snapshot").asText("false");
        boolean read = event.path("op").asText().equals("r") || !snapshot.equals("false");
        JsonNode txId = source.path("txId");
        return new Rewrite.Source(
                source.path("lsn").asLong(),
                // a row that was read has the transaction of the reader, which says nothing of the row's
                read || !txId.isNumber() ? null : txId.asLong() & 0xffff_ffffL,
                committedAt(source),
                read);
    }

    private static Instant committedAt(JsonNode source) {
        return source.path("ts_us").isNumber()
                ? Instant.EPOCH.plus(source.path("ts_us").asLong(), ChronoUnit.MICROS)
                : Instant.ofEpochMilli(source.path("ts_ms").asLong());
    }
}
