package io.keyferry.sink;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.keyferry.model.TableLayout;
import java.time.Instant;
import java.util.Collection;
import java.util.Set;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * Writes a row that was read as the change it would be from Debezium, so that the stream-processor reads the sweep topic
 * as it reads the change topics. Columns that are not fed in are left out, and so not counted again.
 */
final class SweepFormat {

    private final ObjectMapper mapper = new ObjectMapper();
    private final String topic;

    SweepFormat(String topic) {
        this.topic = topic;
    }

    /**
     * @param columns encrypted columns to feed in
     * @param context the columns their encryption contexts are made from
     */
    ProducerRecord<byte[], byte[]> record(
            TableLayout layout, RowReader.Row row, Collection<String> columns, Set<String> context) {
        ObjectNode key = mapper.createObjectNode();
        layout.rowKey().forEach(column -> put(key, layout, column, row));
        ObjectNode event = mapper.createObjectNode().put("v", 1).put("op", "r");
        ObjectNode after = event.putObject("after");
        layout.rowKey().forEach(column -> put(after, layout, column, row));
        context.forEach(column -> put(after, layout, column, row));
        columns.forEach(column -> put(after, layout, column, row));
        event.putObject("source")
                .put("schema", layout.name().schema())
                .put("table", layout.name().table())
                .put("snapshot", "incremental")
                .put("ts_ms", Instant.now().toEpochMilli());
        return new ProducerRecord<>(topic, bytes(key), bytes(event));
    }

    /** As Debezium writes it with binary.handling.mode=hex. */
    private static void put(ObjectNode node, TableLayout layout, String column, RowReader.Row row) {
        String text = row.columns().get(column);
        if (text != null && layout.column(column).type().equals("boolean")) {
            node.put(column, text.equals("t"));
        } else {
            boolean bytes = layout.column(column).isBytes();
            node.put(column, text != null && bytes ? text.substring("\\x".length()) : text);
        }
    }

    private byte[] bytes(ObjectNode node) {
        try {
            return mapper.writeValueAsBytes(node);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
