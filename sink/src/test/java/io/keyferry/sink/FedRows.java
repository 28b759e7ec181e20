package io.keyferry.sink;

import static io.keyferry.sink.Ciphertexts.TARGET;
import static io.keyferry.sink.Rewrites.key;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.keyferry.model.Migration;
import io.keyferry.model.TableName;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** Rows of customers that the sink has fed in. */
final class FedRows {

    private static final ObjectMapper JSON = new ObjectMapper();

    private FedRows() {}

    /** Moves them to the target key, as the stream-processor would. */
    static void rewrite(SinkFixture fixture, Migration migration, List<ConsumerRecord<byte[], byte[]>> records)
            throws Exception {
        for (ConsumerRecord<byte[], byte[]> record : records) {
            long id = JSON.readTree(record.key()).get("id").asLong();
            JsonNode event = JSON.readTree(record.value());
            JsonNode after = event.get("after");
            List<String> values = new ArrayList<>();
            if (after.has("ssn")) {
                values.addAll(List.of("ssn", after.get("ssn").asText(), TARGET.base64("swept " + id)));
            }
            if (after.has("card")) {
                values.addAll(List.of("card", "\\x" + after.get("card").asText(), TARGET.raw("swept " + id)));
            }
            TableName table = new TableName(
                    event.at("/source/schema").asText(),
                    event.at("/source/table").asText());
            fixture.journal(migration, Rewrites.rewrite(table, key(id), values.toArray(String[]::new)));
        }
    }
}
