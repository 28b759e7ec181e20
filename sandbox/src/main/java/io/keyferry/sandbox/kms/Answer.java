package io.keyferry.sandbox.kms;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * What goes back to the client.
 *
 * @param outcome {@link #SUCCESS}, or the code of the error
 */
record Answer(int status, String outcome, byte[] body) {

    static final String SUCCESS = "Success";

    private static final ObjectMapper JSON = new ObjectMapper();

    static Answer of(ObjectNode content) {
        return new Answer(200, SUCCESS, bytes(content));
    }

    static Answer of(AwsException error) {
        return error(error.code(), error.status(), error.getMessage());
    }

    static Answer error(String code, int status, String message) {
        return new Answer(
                status,
                code,
                bytes(JsonNodeFactory.instance.objectNode().put("__type", code).put("message", message)));
    }

    /** The same but for the text of a field, where it has one of that name. */
    Answer with(String field, String text) {
        try {
            return JSON.readTree(body) instanceof ObjectNode content && content.has(field)
                    ? new Answer(status, outcome, bytes(content.put(field, text)))
                    : this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] bytes(ObjectNode content) {
        try {
            return JSON.writeValueAsBytes(content);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("an answer that cannot be written as JSON", e);
        }
    }
}
