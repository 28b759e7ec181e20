package io.keyferry.stream;

import com.fasterxml.jackson.databind.JsonNode;

/** Checks that a streamed event tells by which transaction its row was changed. */
final class SourceFields {

    private SourceFields() {}

    static void check(JsonNode event) {
        if (EventText.isRead(event)) {
            return;
        }
        for (String field : new String[] {"lsn", "txId"}) {
            if (!event.path("source").path(field).isIntegralNumber()) {
                throw new ConnectorException("its source has no " + field + ". Take the transformation that leaves it"
                        + " out off the connector, and see that it is Debezium's PostgreSQL connector with"
                        + " plugin.name=pgoutput or decoderbufs");
            }
        }
    }
}
