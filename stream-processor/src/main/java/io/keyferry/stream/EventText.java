package io.keyferry.stream;

import com.fasterxml.jackson.databind.JsonNode;
import io.keyferry.model.Migration;
import io.keyferry.model.RecordText;
import io.keyferry.model.Rewrite;
import io.keyferry.model.TableLayout;
import io.keyferry.model.UnreadableRecordException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Pattern;

/** PostgreSQL's text of what Debezium's connector makes of a row. */
final class EventText {

    /** What Debezium puts where an UPDATE left a TOASTed value as it was: an earlier change has it. */
    static final String UNCHANGED = "__debezium_unavailable_value";

    private static final Pattern ISO_DATE = Pattern.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}Z");

    private EventText() {}

    /** The encrypted and context columns that an event carries. */
    static Map<String, String> row(MigratedTable migrated, JsonNode after) {
        Map<String, String> row = new HashMap<>();
        for (Migration.Column column : migrated.table().columns()) {
            put(row, migrated, after, column.name());
            if (migrated.column(column.name()).type().equals("bpchar")) {
                row.computeIfPresent(column.name(), (name, value) -> withoutPadding(value));
            }
        }
        migrated.context().forEach(column -> put(row, migrated, after, column));
        return row;
    }

    private static void put(Map<String, String> row, MigratedTable migrated, JsonNode after, String column) {
        JsonNode value = after.get(column);
        if (value != null) {
            row.put(column, value.isNull() ? null : of(value, migrated.column(column)));
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

    /** The text of one value that is not NULL. */
    static String of(JsonNode value, TableLayout.Column column) {
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

    /** Where an event comes from. */
    static Rewrite.Source source(JsonNode event) {
        JsonNode source = event.path("source");
        boolean read = isRead(event);
        JsonNode txId = source.path("txId");
        return new Rewrite.Source(
                source.path("lsn").asLong(),
                // a row that was read has the transaction of the reader, which says nothing of the row's
                read || !txId.isNumber() ? null : txId.asLong() & 0xffff_ffffL,
                committedAt(source),
                read);
    }

    /** Whether a snapshot read the row, so that the event tells of no transaction. */
    static boolean isRead(JsonNode event) {
        String snapshot = event.path("source").path("snapshot").asText("false");
        return event.path("op").asText().equals("r") || !snapshot.equals("false");
    }

    private static Instant committedAt(JsonNode source) {
        return source.path("ts_us").isNumber()
                ? Instant.EPOCH.plus(source.path("ts_us").asLong(), ChronoUnit.MICROS)
                : Instant.ofEpochMilli(source.path("ts_ms").asLong());
    }
}
