package io.keyferry.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The JSON of the journal and of the dead-letter topic, as docs/formats.md shows it. */
public final class JournalFormat {

    private static final long TX_ID_MAX = 0xffff_ffffL;

    private JournalFormat() {}

    /** The record key of a row: the same for every record of the row, so that they stay in order. */
    public static byte[] key(TableName table, Map<String, String> key) {
        return Json.bytes(named(Json.object(), table).set("key", Json.texts(key)));
    }

    public static byte[] write(Rewrite rewrite) {
        ObjectNode node = head(rewrite.table(), rewrite.key(), rewrite.context());
        ObjectNode columns = node.putObject("columns");
        rewrite.columns()
                .forEach((name, column) -> columns.putObject(name)
                        .put("old", column.oldValue())
                        .put("new", column.newValue())
                        .put("sourceKey", column.sourceKey())
                        .put("targetKey", column.targetKey()));
        if (!rewrite.readAgain().isEmpty()) {
            ArrayNode again = node.putArray("readAgain");
            rewrite.readAgain().forEach(again::add);
        }
        if (!rewrite.replayed().isEmpty()) {
            ArrayNode replayed = node.putArray("replayed");
            rewrite.replayed().stream().sorted().forEach(replayed::add);
        }
        node.set("source", source(rewrite.source()));
        node.put("rewrittenAt", rewrite.rewrittenAt().toString());
        return Json.bytes(node);
    }

    /** Reads a journal record; {@link UnreadableRecordException} where it is none. */
    public static Rewrite readRewrite(byte[] json) {
        JsonNode node = Json.read(json);
        Map<String, Rewrite.Column> columns = new LinkedHashMap<>();
        Json.object(node, "columns").properties().forEach(field -> {
            JsonNode column = field.getValue();
            columns.put(
                    Json.name(field.getKey()),
                    new Rewrite.Column(
                            Json.text(column, "old"),
                            Json.text(column, "new"),
                            Json.text(column, "sourceKey"),
                            Json.text(column, "targetKey")));
        });
        List<String> readAgain = new ArrayList<>();
        node.path("readAgain").forEach(column -> readAgain.add(Json.name(column.asText())));
        Set<String> replayed = new HashSet<>();
        node.path("replayed").forEach(column -> replayed.add(Json.name(column.asText())));
        return new Rewrite(
                table(node),
                Json.texts(Json.object(node, "key")),
                Json.texts(Json.object(node, "context")),
                columns,
                readAgain,
                replayed,
                source(node.path("source")),
                instant(Json.text(node, "rewrittenAt")));
    }

    public static byte[] write(DeadLetter letter) {
        ObjectNode node = head(letter.table(), letter.key(), letter.context());
        ObjectNode columns = node.putObject("columns");
        letter.columns()
                .forEach((name, column) -> columns.putObject(name)
                        .put("value", column.value())
                        .put("reason", column.reason().word())
                        .put("message", column.message())
                        .put("settings", column.settings()));
        node.set("source", source(letter.source()));
        node.putObject("from")
                .put("topic", letter.from().topic())
                .put("partition", letter.from().partition())
                .put("offset", letter.from().offset());
        node.put("deadLetteredAt", letter.deadLetteredAt().toString());
        return Json.bytes(node);
    }

    /** Reads a dead letter; {@link UnreadableRecordException} where it is none. */
    public static DeadLetter readDeadLetter(byte[] json) {
        JsonNode node = Json.read(json);
        Map<String, DeadLetter.Column> columns = new LinkedHashMap<>();
        node.path("columns").properties().forEach(field -> {
            JsonNode column = field.getValue();
            columns.put(
                    field.getKey(),
                    new DeadLetter.Column(
                            column.path("value").isTextual()
                                    ? column.path("value").textValue()
                                    : null,
                            reason(Json.text(column, "reason")),
                            Json.text(column, "message"),
                            column.path("settings").asText()));
        });
        JsonNode from = node.path("from");
        return new DeadLetter(
                node.has("table") ? table(node) : null,
                Json.texts(node.path("key")),
                Json.texts(node.path("context")),
                columns,
                source(node.path("source")),
                new DeadLetter.Position(
                        Json.text(from, "topic"),
                        from.path("partition").asInt(),
                        from.path("offset").asLong()),
                instant(Json.text(node, "deadLetteredAt")));
    }

    private static ObjectNode head(TableName table, Map<String, String> key, Map<String, String> context) {
        ObjectNode node = named(Json.versioned(), table);
        node.set("key", Json.texts(key));
        node.set("context", Json.texts(context));
        return node;
    }

    private static ObjectNode named(ObjectNode node, TableName table) {
        return table == null ? node : node.put("table", table.toString());
    }

    private static ObjectNode source(Rewrite.Source source) {
        return Json.object()
                .put("lsn", source.lsn())
                .put("txId", source.txId())
                .put("committedAt", source.committedAt().toString())
                .put("snapshot", source.snapshot());
    }

    private static Rewrite.Source source(JsonNode node) {
        JsonNode txId = node.path("txId");
        if (txId.isNumber() && (!txId.canConvertToLong() || txId.asLong() < 0 || txId.asLong() > TX_ID_MAX)) {
            throw new UnreadableRecordException("with a transaction id of more than 32 bits");
        }
        return new Rewrite.Source(
                node.path("lsn").asLong(),
                txId.isNumber() ? txId.asLong() : null,
                instant(Json.text(node, "committedAt")),
                node.path("snapshot").asBoolean());
    }

    private static TableName table(JsonNode node) {
        try {
            return TableName.parse(Json.name(Json.text(node, "table")));
        } catch (IllegalArgumentException e) {
            throw new UnreadableRecordException("of no table: its 'table' is not schema.table");
        }
    }

    private static DeadLetter.Reason reason(String word) {
        try {
            return DeadLetter.Reason.of(word);
        } catch (IllegalArgumentException e) {
            throw new UnreadableRecordException("with an unknown reason");
        }
    }

    private static Instant instant(String text) {
        try {
            return Instant.parse(text);
        } catch (DateTimeParseException e) {
            throw new UnreadableRecordException("with a time that is not ISO 8601");
        }
    }
}
