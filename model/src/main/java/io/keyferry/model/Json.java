package io.keyferry.model;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.LinkedHashMap;
import java.util.Map;

/** Reading and writing the JSON of KeyFerry's own records, whose format version is {@value #VERSION}. */
final class Json {

    static final int VERSION = 1;

    /** Of two fields of one name, and of what follows an object, nobody can tell which was meant. */
    private static final ObjectMapper MAPPER = new ObjectMapper()
            .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private Json() {}

    static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    static ObjectNode versioned() {
        return object().put("v", VERSION);
    }

    static byte[] bytes(JsonNode node) {
        try {
            return MAPPER.writeValueAsBytes(node);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Reads an object; what is none is an {@link UnreadableRecordException}, and a newer version ends the stage. */
    static JsonNode read(byte[] json) {
        JsonNode node;
        try {
            node = json == null ? null : MAPPER.readTree(json);
        } catch (IOException e) {
            throw new UnreadableRecordException("not JSON");
        }
        if (node == null || !node.isObject()) {
            throw new UnreadableRecordException("not a JSON object");
        }
        if (node.has("v") && !node.path("v").canConvertToInt() || node.path("v").isFloatingPointNumber()) {
            throw new UnreadableRecordException("with a format version that is no whole number");
        }
        if (node.path("v").asInt(VERSION) > VERSION) {
            // to pass it over would lose what a newer KeyFerry wrote
            throw new KeyFerryException("A record has format version "
                    + node.path("v").asInt() + ", and this KeyFerry reads up to " + VERSION
                    + ". Run the newer KeyFerry that wrote it; nothing is lost.");
        }
        return node;
    }

    static String text(JsonNode node, String field) {
        JsonNode value = node.get(field);
        if (value == null || !value.isTextual()) {
            throw new UnreadableRecordException("without the text '" + field + "'");
        }
        return wellFormed(value.textValue());
    }

    /** The object in a field. */
    static JsonNode object(JsonNode node, String field) {
        JsonNode value = node.path(field);
        if (!value.isObject()) {
            throw new UnreadableRecordException("without the object '" + field + "'");
        }
        return value;
    }

    static ObjectNode texts(Map<String, String> map) {
        ObjectNode node = object();
        map.forEach(node::put);
        return node;
    }

    static Map<String, String> texts(JsonNode node) {
        Map<String, String> map = new LinkedHashMap<>();
        node.properties().forEach(field -> {
            JsonNode value = field.getValue();
            if (value.isContainerNode()) {
                throw new UnreadableRecordException("with more than a text in one of its fields");
            }
            map.put(name(field.getKey()), value.isNull() ? null : wellFormed(value.asText()));
        });
        return map;
    }

    /** The name of a table or a column: PostgreSQL's have 63 bytes at the most, and a table's two of them, quoted. */
    static String name(String text) {
        if (!RecordText.isName(text)) {
            throw new UnreadableRecordException("with a name that no table or column has");
        }
        return text;
    }

    private static String wellFormed(String text) {
        if (!RecordText.isWellFormed(text)) {
            throw new UnreadableRecordException("with half a character in one of its texts");
        }
        return text;
    }

    static Instant instant(String text) {
        try {
            return Instant.parse(text);
        } catch (DateTimeParseException e) {
            throw new UnreadableRecordException("'" + text + "' is no time");
        }
    }
}
