package io.keyferry.stream;

import com.fasterxml.jackson.databind.JsonNode;
import org.apache.kafka.common.header.Headers;

/** Makes an event of the bytes that a converter of Kafka Connect has written. Safe for many threads. */
interface EventDecoder {

    /** An object, as {@link ChangeReader#read} says of all that goes wrong; or null where the value is null. */
    JsonNode decode(byte[] value, Headers headers);

    /** What the event calls a column. */
    default String field(String column) {
        return column;
    }
}
