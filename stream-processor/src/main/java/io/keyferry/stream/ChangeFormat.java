package io.keyferry.stream;

import com.fasterxml.jackson.databind.JsonNode;
import io.keyferry.model.Migration;
import io.keyferry.model.RecordText;
import io.keyferry.model.TableLayout;
import io.keyferry.model.TableName;
import io.keyferry.model.UnreadableRecordException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.header.Headers;

/** Reads changes as the snapshot stage and the sweep write them: Debezium's JSON without schemas. Safe for many threads. */
final class ChangeFormat implements ChangeReader {

    private static final Set<String> OPERATIONS = Set.of("c", "r", "u");

    private final JsonObjects json = new JsonObjects();
    private final Map<TableName, MigratedTable> tables;

    ChangeFormat(List<Migration.Table> tables, List<TableLayout> layouts) {
        this.tables = MigratedTable.byName(tables, layouts);
    }

    @Override
    public Optional<Change> read(byte[] key, byte[] value, Headers headers) {
        if (value == null) {
            return Optional.empty();
        }
        JsonNode event = json.read(value, 0, "value");
        String operation = event.path("op").asText();
        if (operation.equals("d") || operation.equals("t") || operation.equals("m")) {
            return Optional.empty();
        }
        JsonNode after = event.path("after");
        JsonNode source = event.path("source");
        if (!after.isObject() || !source.isObject() || !OPERATIONS.contains(operation)) {
            throw new UnreadableRecordException("not a Debezium change event with op, after and source");
        }
        TableName name = new TableName(
                source.path("schema").asText(), source.path("table").asText());
        MigratedTable migrated = tables.get(name);
        if (migrated == null) {
            String which = RecordText.isName(name.toString()) ? "the table " + name : "a table of no possible name";
            throw new UnreadableRecordException("a change of " + which + ", which is not in migration.yaml");
        }
        return Optional.of(new Change(
                migrated.table(),
                key(migrated, key),
                EventText.row(migrated, after),
                operation.equals("c"),
                EventText.source(event)));
    }

    private Map<String, String> key(MigratedTable migrated, byte[] record) {
        JsonNode node = json.read(record, 0, "key");
        Map<String, String> key = new LinkedHashMap<>();
        for (String column : migrated.layout().rowKey()) {
            JsonNode value = node.get(column);
            if (value == null || value.isNull() || value.asText().equals(EventText.UNCHANGED)) {
                throw new UnreadableRecordException("without the row key's column " + column + " in its key");
            }
            key.put(column, EventText.of(value, migrated.column(column)));
        }
        return key;
    }
}
