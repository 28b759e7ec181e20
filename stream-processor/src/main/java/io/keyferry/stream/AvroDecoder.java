package io.keyferry.stream;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.keyferry.model.UnreadableRecordException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Set;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericFixed;
import org.apache.avro.generic.IndexedRecord;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;

/** Reads Avro as Confluent's and Apicurio's converters write it, by the schema whose id stands before it or in a header. */
final class AvroDecoder implements EventDecoder {

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    /** What an event says beside this is not needed. */
    private static final Set<String> BEFORE = Set.of("before");

    private final SchemaRegistry registry;

    AvroDecoder(SchemaRegistry registry) {
        this.registry = registry;
    }

    @Override
    public JsonNode decode(byte[] value, Headers headers) {
        Optional<Schema> named = named(headers);
        if (named.isPresent()) {
            return read(value, 0, named.get());
        }
        Optional<Framing> framing = Framing.of(value);
        if (framing.isEmpty()) {
            if (value.length > 0 && value[0] == '{') {
                throw new ConnectorException("it is JSON. Set changes.format: json in migration.yaml");
            }
            throw new UnreadableRecordException("not Avro with the id of its schema in its value");
        }
        return read(value, framing.get().length(), registry.schema(framing.get()));
    }

    private Optional<Schema> named(Headers headers) {
        Optional<Schema> schema = id(headers, "apicurio.value.globalId").map(registry::schemaOfGlobalId);
        return schema.or(() -> id(headers, "apicurio.value.contentId").map(registry::schemaOfContentId));
    }

    private static Optional<Long> id(Headers headers, String name) {
        Header header = headers.lastHeader(name);
        if (header == null || header.value() == null || header.value().length != Long.BYTES) {
            return Optional.empty();
        }
        Header encoding = headers.lastHeader("apicurio.value.encoding");
        if (encoding != null && !new String(encoding.value(), StandardCharsets.UTF_8).equals("BINARY")) {
            throw new ConnectorException("it is Avro written as JSON. Set apicurio.registry.avro.encoding=BINARY for"
                    + " the connector's value converter");
        }
        return Optional.of(ByteBuffer.wrap(header.value()).getLong());
    }

    private static JsonNode read(byte[] value, int offset, Schema schema) {
        if (schema.getType() != Schema.Type.RECORD) {
            throw new UnreadableRecordException("a value that is no Avro record");
        }
        try {
            BinaryDecoder bytes = DecoderFactory.get().binaryDecoder(value, offset, value.length - offset, null);
            IndexedRecord event = new GenericDatumReader<IndexedRecord>(schema).read(null, bytes);
            if (bytes.isEnd()) {
                return node(event, BEFORE);
            }
        } catch (IOException | AvroRuntimeException | IndexOutOfBoundsException e) {
            // the message may quote what was read
            throw new UnreadableRecordException("no Avro of the schema that it names");
        }
        throw new UnreadableRecordException("longer than Avro of the schema that it names");
    }

    private static ObjectNode node(IndexedRecord event, Set<String> without) {
        ObjectNode node = NODES.objectNode();
        for (Schema.Field field : event.getSchema().getFields()) {
            if (!without.contains(field.name())) {
                node.set(field.name(), node(event.get(field.pos())));
            }
        }
        return node;
    }

    private static JsonNode node(Object value) {
        if (value == null) {
            return NODES.nullNode();
        }
        if (value instanceof IndexedRecord nested) {
            return node(nested, Set.of());
        }
        if (value instanceof ByteBuffer bytes) {
            return NODES.binaryNode(array(bytes));
        }
        if (value instanceof GenericFixed fixed) {
            return NODES.binaryNode(fixed.bytes());
        }
        if (value instanceof Boolean truth) {
            return NODES.booleanNode(truth);
        }
        if (value instanceof Integer number) {
            return NODES.numberNode(number);
        }
        if (value instanceof Long number) {
            return NODES.numberNode(number);
        }
        if (value instanceof Float || value instanceof Double) {
            return NODES.numberNode(((Number) value).doubleValue());
        }
        if (value instanceof CharSequence || value instanceof Enum<?>) {
            return NODES.textNode(value.toString());
        }
        // a list or a mapping: nothing that a column of a migration can be
        return NODES.arrayNode();
    }

    private static byte[] array(ByteBuffer bytes) {
        byte[] array = new byte[bytes.remaining()];
        bytes.duplicate().get(array);
        return array;
    }

    /** As field.name.adjustment.mode=avro has it, without which a name that Avro does not allow ends the connector. */
    @Override
    public String field(String column) {
        String name = column.replaceAll("[^A-Za-z0-9_]", "_");
        return name.matches("[0-9].*") ? "_" + name : name;
    }
}
