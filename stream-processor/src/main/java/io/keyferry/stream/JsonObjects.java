package io.keyferry.stream;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.keyferry.model.UnreadableRecordException;
import java.io.IOException;

/** Reads JSON that must be one object. Safe for many threads. */
final class JsonObjects {

    /** A value may be long, and is then dead-lettered as such. Of two fields of one name, nobody knows which was meant. */
    private final ObjectMapper mapper = new ObjectMapper(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxStringLength(Integer.MAX_VALUE)
                            .build())
                    .build())
            .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    /** @param part of the record, for the message */
    JsonNode read(byte[] json, int offset, String part) {
        try {
            JsonNode node = json == null ? null : mapper.readTree(json, offset, json.length - offset);
            if (node != null && node.isObject()) {
                return node;
            }
        } catch (IOException e) {
            // the parser's message quotes the text, which may hold a value
            throw new UnreadableRecordException("not JSON in its " + part);
        }
        throw new UnreadableRecordException("not a JSON object in its " + part);
    }
}
