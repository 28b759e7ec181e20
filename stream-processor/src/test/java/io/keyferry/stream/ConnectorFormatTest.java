package io.keyferry.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.keyferry.model.ContextTemplate;
import io.keyferry.model.Encoding;
import io.keyferry.model.Migration;
import io.keyferry.model.TableLayout;
import io.keyferry.model.TableName;
import io.keyferry.model.UnreadableRecordException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What Debezium 3.6 on Kafka Connect wrote, with the settings of docs/existing-debezium.md and with others. */
class ConnectorFormatTest {

    private static final TableName TABLE = new TableName("public", "customers");
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final ConnectorFormat FORMAT = new ConnectorFormat(
            new JsonDecoder(),
            List.of(new Migration.Table(
                    TABLE,
                    List.of(
                            new Migration.Column("secret", Encoding.BASE64, ContextTemplate.NONE),
                            new Migration.Column(
                                    "card", Encoding.RAW, ContextTemplate.parse(Map.of("amount", "{amount}")))))),
            List.of(TableLayout.of(
                    TABLE,
                    List.of("id", "day"),
                    List.of(
                            new TableLayout.Column("id", "bigint"),
                            new TableLayout.Column("day", "date"),
                            new TableLayout.Column("amount", "numeric"),
                            new TableLayout.Column("secret", "text"),
                            new TableLayout.Column("card", "bytea")))));

    /** In the shape that Debezium gives it; the ciphertext is made up. */
    private static final String EVENT = """
            {"before":null,
             "after":{"id":7,"day":"2026-01-02Z","amount":"7.50","secret":"AQIDBA==","card":"01020304ff","note":null},
             "source":{"version":"3.6.3.Final","connector":"postgresql","name":"shop","ts_ms":1767319446678,
                       "snapshot":"false","db":"app","sequence":"[\\"25000000\\",\\"25000100\\"]",
                       "ts_us":1767319446678901,"ts_ns":1767319446678901000,"schema":"public","table":"customers",
                       "txId":771,"lsn":25000100,"xmin":null},
             "transaction":null,"op":"u","ts_ms":1767319446700,"ts_us":1767319446700123,"ts_ns":1767319446700123456}
            """;

    private static Optional<Change> read(String value) {
        return read(value.getBytes(StandardCharsets.UTF_8));
    }

    private static Optional<Change> read(byte[] value) {
        return FORMAT.read(null, value, new RecordHeaders());
    }

    private static String event(Consumer<ObjectNode> change) {
        try {
            ObjectNode event = (ObjectNode) JSON.readTree(EVENT);
            change.accept(event);
            return event.toString();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String row(Consumer<ObjectNode> change) {
        return event(event -> change.accept((ObjectNode) event.get("after")));
    }

    private static byte[] framed(ByteBuffer id, String json) {
        byte[] text = json.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(1 + id.capacity() + text.length)
                .put((byte) 0)
                .put(id.array())
                .put(text)
                .array();
    }

    static Stream<byte[]> writtenByEachConverter() {
        return Stream.of(
                EVENT.getBytes(StandardCharsets.UTF_8),
                ("{\"schema\":{\"type\":\"struct\",\"fields\":[]},\"payload\":" + EVENT + "}")
                        .getBytes(StandardCharsets.UTF_8),
                ("{\"schemaId\":3,\"payload\":" + EVENT + "}").getBytes(StandardCharsets.UTF_8),
                framed(ByteBuffer.allocate(4).putInt(0, 3), EVENT),
                framed(ByteBuffer.allocate(8).putLong(0, 3), EVENT));
    }

    @ParameterizedTest
    @MethodSource("writtenByEachConverter")
    void readsJsonOfEveryConverter(byte[] value) {
        Change change = read(value).orElseThrow();

        assertThat(change.table().name()).isEqualTo(TABLE);
        assertThat(change.key()).containsExactly(Map.entry("id", "7"), Map.entry("day", "2026-01-02"));
        assertThat(change.row())
                .containsExactlyInAnyOrderEntriesOf(
                        Map.of("secret", "AQIDBA==", "card", "\\x01020304ff", "amount", "7.50"));
        assertThat(change.created()).isFalse();
        assertThat(change.source().lsn()).isEqualTo(25000100);
        assertThat(change.source().txId()).isEqualTo(771);
        assertThat(change.source().snapshot()).isFalse();
    }

    @Test
    void takesPlaceholdersAndNullsAsWhatTheyAre() {
        assertThat(read(row(row -> row.put("card", EventText.UNCHANGED).putNull("secret")))
                        .orElseThrow()
                        .row())
                .containsEntry("card", EventText.UNCHANGED)
                .containsEntry("secret", null);
    }

    @Test
    void passesOverWhatChangesNoValueOfTheMigration() {
        assertThat(FORMAT.read(new byte[0], null, new RecordHeaders())).isEmpty();
        assertThat(read("{\"schema\":null,\"payload\":null}")).isEmpty();
        assertThat(read(event(event -> event.put("op", "d").putNull("after")))).isEmpty();
        assertThat(read(event(event -> event.put("op", "t").putNull("after")))).isEmpty();
        assertThat(read(event(event -> ((ObjectNode) event.get("source")).put("table", "orders"))))
                .isEmpty();
    }

    private static JsonNode base64(byte... bytes) {
        return JSON.getNodeFactory().binaryNode(bytes);
    }

    static Stream<Arguments> madeByASetting() {
        String flat =
                "{\"id\":7,\"day\":\"2026-01-02Z\",\"secret\":\"AQIDBA==\",\"card\":\"01020304ff\",\"__deleted\":\"false\"}";
        return Stream.of(
                Arguments.of("flattened", flat, "ExtractNewRecordState"),
                Arguments.of(
                        "flattened, with its schema",
                        "{\"schema\":{},\"payload\":" + flat + "}",
                        "ExtractNewRecordState"),
                Arguments.of("base64", row(row -> row.put("card", "AQIDBP8=")), "Set binary.handling.mode=hex"),
                Arguments.of("bytes", row(row -> row.set("card", base64((byte) 1))), "Set binary.handling.mode=hex"),
                Arguments.of("precise", row(row -> row.put("amount", "Au4=")), "Set decimal.handling.mode=string"),
                Arguments.of("double", row(row -> row.put("amount", 7.5)), "Set decimal.handling.mode=string"),
                Arguments.of(
                        "precise, of variable scale",
                        row(row -> row.putObject("amount").put("scale", 2).put("value", "Au4=")),
                        "Set decimal.handling.mode=string"),
                Arguments.of("adaptive", row(row -> row.put("day", 20455)), "Set time.precision.mode=isostring"),
                Arguments.of("no column", row(row -> row.remove("secret")), "without column public.customers.secret"),
                Arguments.of("no key", row(row -> row.remove("id")), "without column public.customers.id"),
                Arguments.of("no context", row(row -> row.remove("amount")), "without column public.customers.amount"),
                Arguments.of("no op", event(event -> event.remove("op")), "no op or no source"),
                Arguments.of("no source", event(event -> event.remove("source")), "no op or no source"),
                Arguments.of(
                        "no table",
                        event(event -> ((ObjectNode) event.get("source")).remove("table")),
                        "does not name schema and table"),
                Arguments.of(
                        "no lsn",
                        event(event -> ((ObjectNode) event.get("source")).putNull("lsn")),
                        "its source has no lsn"),
                Arguments.of(
                        "no transaction",
                        event(event -> ((ObjectNode) event.get("source")).remove("txId")),
                        "its source has no txId"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("madeByASetting")
    void haltsOnWhatASettingHasMadeAndNamesIt(String made, String value, String message) {
        assertThatThrownBy(() -> read(value))
                .isInstanceOf(ConnectorException.class)
                .hasMessageContaining(message)
                .satisfies(thrown -> assertThat(thrown.getMessage()).doesNotContain("AQIDB", "01020304"));
    }

    @Test
    void haltsOnAvroWhereJsonIsExpected() {
        assertThatThrownBy(() -> read(framed(ByteBuffer.allocate(4).putInt(0, 3), "\u0000\u0002abc")))
                .isInstanceOf(ConnectorException.class)
                .hasMessageContaining("changes.format: avro");
    }

    @Test
    void rowsThatASnapshotReadTellOfNoTransaction() {
        String read = event(event -> {
            event.put("op", "r");
            ((ObjectNode) event.get("source")).put("snapshot", "first").putNull("txId");
        });

        assertThat(read(read).orElseThrow().source().txId()).isNull();
        assertThat(read(read).orElseThrow().source().snapshot()).isTrue();
    }

    @ParameterizedTest
    @MethodSource("noChanges")
    void whatIsNoChangeAtAllIsAFaultOfOneRecord(String value) {
        assertThatThrownBy(() -> read(value)).isInstanceOf(UnreadableRecordException.class);
    }

    static Stream<String> noChanges() {
        return Stream.of(
                "",
                "garbage",
                "[]",
                "{}",
                "{\"a\":1}",
                "{\"ts_ms\":1}",
                EVENT.substring(0, 100),
                event(event -> event.put("op", "x")),
                event(event -> event.putNull("after")),
                row(row -> row.putNull("id")),
                row(row -> row.put("day", "+292278994-08-16Z")),
                row(row -> row.putArray("secret")));
    }
}
