package io.keyferry.cli.verify;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;

/**
 * A value that does not decrypt, by the place where it stands.
 *
 * @param key the row key, as text by column
 */
record Mismatch(String table, Map<String, String> key, String column, String region, String reason, String message) {

    ObjectNode json() {
        ObjectNode node = JsonNodeFactory.instance.objectNode().put("table", table);
        key.forEach(node.putObject("key")::put);
        return node.put("column", column)
                .put("region", region)
                .put("reason", reason)
                .put("message", message);
    }

    static Mismatch of(JsonNode node) {
        return new Mismatch(
                node.path("table").asText(),
                Texts.of(node.path("key")),
                node.path("column").asText(),
                node.path("region").asText(),
                node.path("reason").asText(),
                node.path("message").asText());
    }

    @Override
    public String toString() {
        return table + " " + key + " " + column + " in " + region + ": " + reason + ": " + message;
    }
}
