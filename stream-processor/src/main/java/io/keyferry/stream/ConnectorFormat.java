package io.keyferry.stream;

import com.fasterxml.jackson.databind.JsonNode;
import io.keyferry.model.Changes;
import io.keyferry.model.Migration;
import io.keyferry.model.TableLayout;
import io.keyferry.model.TableName;
import io.keyferry.model.UnreadableRecordException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.header.Headers;

/**
 * Reads changes as a Debezium connector of the user's own writes them. The row key is taken from the row, so that it does
 * not matter what the record's key is. Safe for many threads.
 *
 * <p>Two things are told apart: what a setting of the connector has made, which every record is like, halts with the
 * setting to change; what is no change at all is a fault of one record.
 */
final class ConnectorFormat implements ChangeReader {

    private static final Set<String> OPERATIONS = Set.of("c", "r", "u");
    private static final Set<String> WITHOUT_VALUE = Set.of("d", "t", "m");

    private final EventDecoder decoder;
    private final Map<TableName, MigratedTable> tables;
    private final ForeignTables foreign = new ForeignTables();

    ConnectorFormat(EventDecoder decoder, List<Migration.Table> tables, List<TableLayout> layouts) {
        this.decoder = decoder;
        this.tables = MigratedTable.byName(tables, layouts);
    }

    static ConnectorFormat of(Changes changes, List<Migration.Table> tables, List<TableLayout> layouts) {
        EventDecoder decoder = changes.format() == Changes.Format.AVRO
                ? new AvroDecoder(new SchemaRegistry(changes.schemaRegistry().orElseThrow()))
                : new JsonDecoder();
        return new ConnectorFormat(decoder, tables, layouts);
    }

    @Override
    public Optional<Change> read(byte[] key, byte[] value, Headers headers) {
        JsonNode event = value == null ? null : decoder.decode(value, headers);
        if (event == null || event.isNull()) {
            return Optional.empty();
        }
        String operation = event.path("op").asText();
        if (!event.path("op").isTextual() || !event.path("source").isObject()) {
            throw noEvent(event);
        }
        if (WITHOUT_VALUE.contains(operation)) {
            return Optional.empty();
        }
        JsonNode after = event.path("after");
        if (!after.isObject() || !OPERATIONS.contains(operation)) {
            throw new UnreadableRecordException("not a Debezium change event with op, after and source");
        }
        TableName name = name(event.path("source"));
        MigratedTable migrated = tables.get(name);
        if (migrated == null) {
            foreign.passOver(name);
            return Optional.empty();
        }
        return Optional.of(change(migrated, event, after, operation.equals("c")));
    }

    private Change change(MigratedTable migrated, JsonNode event, JsonNode after, boolean created) {
        SourceFields.check(event);
        ConnectorRow row = new ConnectorRow(migrated, after, decoder);
        Map<String, String> key = new LinkedHashMap<>();
        for (String column : migrated.layout().rowKey()) {
            String text = row.text(column);
            if (text == null || text.equals(EventText.UNCHANGED)) {
                throw new UnreadableRecordException(
                        "without the row key's column " + column + " in its row; the sweep brings it");
            }
            key.put(column, text);
        }
        return new Change(migrated.table(), key, row.values(), created, EventText.source(event));
    }

    private static TableName name(JsonNode source) {
        if (!source.path("schema").isTextual() || !source.path("table").isTextual()) {
            throw new ConnectorException("its source does not name schema and table. Take what changes source"
                    + " (a transformation, or source.struct settings) off the connector");
        }
        return new TableName(
                source.path("schema").asText(), source.path("table").asText());
    }

    /** A row that stands alone is what flattening leaves of an event; anything else may be of anybody. */
    private RuntimeException noEvent(JsonNode value) {
        boolean row = tables.values().stream()
                .flatMap(migrated -> migrated.table().columns().stream())
                .anyMatch(column -> value.has(decoder.field(column.name())));
        if (row) {
            return new ConnectorException("it is a flattened row, without the event around it that says what was"
                    + " changed, where and when. Take the transformation ExtractNewRecordState (transforms=…) off the"
                    + " connector, or off a connector of its own for this migration");
        }
        if (value.path("after").isObject()) {
            return new ConnectorException("its event has no op or no source. Take the transformation that leaves them"
                    + " out off the connector");
        }
        return new UnreadableRecordException("not a Debezium change event with op, after and source");
    }
}
