package io.keyferry.model;

import com.fasterxml.jackson.core.JsonProcessingException;
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

    private static final ObjectMapper MAPPER = new ObjectMapper();

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
            node = MAPPER.readTree(json);
        } catch (IOException e) {
            throw new UnreadableRecordException("not JSON");
        }
        if (node == null || !node.isObject()) {
            throw new UnreadableRecordException("not a JSON object");
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
        return value.textValue();
    }

    static ObjectNode texts(Map<String, String> map) {
        ObjectNode node = object();
        map.forEach(node::put);
        return node;
    }

    static Map<String, String> texts(JsonNode node) {
        Map<String, String> map = new LinkedHashMap<>();
        node.properties()
                .forEach(field -> map.put(
                        field.getKey(),
                        field.getValue().isNull() ? null : field.getValue().asText()));
        return map;
    }

    static Instant instant(String text) {
        try {
            return Instant.parse(text);
        } catch (DateTimeParseException e) {
            throw new UnreadableRecordException("'" + text + "' is no time");
        }
    }
}
