package io.keyferry.sandbox.kms;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

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

    private static byte[] bytes(ObjectNode content) {
        try {
            return JSON.writeValueAsBytes(content);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("an answer that cannot be written as JSON", e);
        }
    }
}
