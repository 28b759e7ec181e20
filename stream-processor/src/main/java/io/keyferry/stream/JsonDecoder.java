package io.keyferry.stream;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Optional;
import org.apache.kafka.common.header.Headers;

/**
 * Reads JSON of any converter: bare, in an envelope with its schema, or behind the id of one. What it holds is told by
 * itself, so that no schema is asked for.
 */
final class JsonDecoder implements EventDecoder {

    private final JsonObjects json = new JsonObjects();

    @Override
    public JsonNode decode(byte[] value, Headers headers) {
        int begin = Framing.of(value).map(Framing::length).orElse(0);
        if (begin > 0 && (begin == value.length || value[begin] != '{')) {
            throw new ConnectorException("it is no JSON but what a converter with a schema registry writes, such as"
                    + " Avro. Set changes.format: avro, with changes.schemaRegistry, in migration.yaml");
        }
        JsonNode node = json.read(value, begin, "value");
        return enveloped(node).orElse(node);
    }

    /** JsonConverter puts the schema beside the payload, Apicurio's ExtJsonConverter its id. */
    private static Optional<JsonNode> enveloped(JsonNode node) {
        boolean envelope = node.size() == 2 && node.has("payload") && (node.has("schema") || node.has("schemaId"));
        return envelope ? Optional.of(node.get("payload")) : Optional.empty();
    }
}
