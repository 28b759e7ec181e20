package io.keyferry.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.keyferry.model.Changes;
import io.keyferry.model.KeyFerryException;
import io.keyferry.model.Migration;
import io.keyferry.model.UnreadableRecordException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How a registry is asked, and what becomes of its answers; the real one is in ExistingDebeziumIT. */
class AvroDecoderTest {

    private TestRegistry registry;

    @BeforeEach
    void start() throws IOException {
        registry = new TestRegistry();
    }

    @AfterEach
    void stop() {
        registry.close();
    }

    private AvroDecoder decoder(String path) {
        return decoder(path, Optional.empty());
    }

    private AvroDecoder decoder(String path, Optional<Migration.Credentials> credentials) {
        return new AvroDecoder(
                new SchemaRegistry(new Changes.SchemaRegistry(registry.url() + path, credentials, Optional.empty())));
    }

    private static byte[] avro() throws IOException {
        return CustomerEvent.avro(7, "AQID", ByteBuffer.wrap(new byte[] {1, 2}));
    }

    private static byte[] framed(int id) throws IOException {
        byte[] avro = avro();
        return ByteBuffer.allocate(5 + avro.length)
                .put((byte) 0)
                .putInt(id)
                .put(avro)
                .array();
    }

    @Test
    void asksOnceForASchemaAndReadsEveryRecordByIt() throws IOException {
        registry.answer("/schemas/ids/3", registry.confluent(CustomerEvent.SCHEMA));
        AvroDecoder decoder = decoder("");

        for (int i = 0; i < 5; i++) {
            JsonNode event = decoder.decode(framed(3), new RecordHeaders());

            assertThat(event.path("op").asText()).isEqualTo("u");
            assertThat(event.at("/after/id").asLong()).isEqualTo(7);
            assertThat(event.at("/after/ssn").asText()).isEqualTo("AQID");
            assertThat(event.at("/after/card").isBinary()).isTrue();
        }
        assertThat(registry.requests()).isEqualTo(1);
    }

    @Test
    void followsTheReferencesOfASchema() throws IOException {
        registry.answer(
                "/schemas/ids/3",
                registry.confluent(
                        CustomerEvent.ENVELOPE.formatted("\"shop.public.customers.Value\""),
                        ",\"references\":[{\"name\":\"shop.public.customers.Value\",\"subject\":\"the row\",\"version\":2}]"));
        registry.answer("/subjects/the%20row/versions/2", registry.confluent(CustomerEvent.ROW));

        assertThat(decoder("")
                        .decode(framed(3), new RecordHeaders())
                        .at("/after/id")
                        .asLong())
                .isEqualTo(7);
    }

    @Test
    void readsApicuriosIdsInHeadersAndInEightBytes() throws IOException {
        registry.answer("/apis/registry/v2/ids/globalIds/3?dereference=true", CustomerEvent.SCHEMA);
        registry.answer("/apis/registry/v3/ids/contentIds/4?references=DEREFERENCE", CustomerEvent.SCHEMA);
        RecordHeaders headers = new RecordHeaders();
        headers.add(
                "apicurio.value.globalId", ByteBuffer.allocate(8).putLong(0, 3).array());
        headers.add("apicurio.value.encoding", "BINARY".getBytes(StandardCharsets.UTF_8));
        byte[] avro = avro();
        byte[] eight = ByteBuffer.allocate(9 + avro.length)
                .put((byte) 0)
                .putLong(3)
                .put(avro)
                .array();

        assertThat(decoder("/apis/registry/v2").decode(avro, headers).path("op").asText())
                .isEqualTo("u");
        assertThat(decoder("/apis/registry/v2")
                        .decode(eight, new RecordHeaders())
                        .path("op")
                        .asText())
                .isEqualTo("u");
        assertThat(decoder("/apis/registry/v3")
                        .decode(framed(4), new RecordHeaders())
                        .path("op")
                        .asText())
                .isEqualTo("u");
        assertThatThrownBy(() -> decoder("").decode(eight, new RecordHeaders()))
                .isInstanceOf(ConnectorException.class)
                .hasMessageContaining("Apicurio's own API");
    }

    @Test
    void haltsWhereTheRegistryHasNoSuchSchemaOrAnotherKind() throws IOException {
        registry.answer("/schemas/ids/5", registry.confluent("{}", ",\"schemaType\":\"JSON\""));
        registry.answer("/schemas/ids/6", registry.confluent("{}"));
        AvroDecoder decoder = decoder("");

        assertThatThrownBy(() -> decoder.decode(framed(4), new RecordHeaders()))
                .isInstanceOf(ConnectorException.class)
                .hasMessageContaining("has no schema of id 4");
        assertThatThrownBy(() -> decoder.decode(framed(5), new RecordHeaders()))
                .isInstanceOf(ConnectorException.class)
                .hasMessageContaining("changes.format: json");
        assertThatThrownBy(() -> decoder.decode(framed(6), new RecordHeaders()))
                .isInstanceOf(ConnectorException.class)
                .hasMessageContaining("no Avro");
        assertThatThrownBy(() -> decoder.decode("{\"op\":\"u\"}".getBytes(StandardCharsets.UTF_8), new RecordHeaders()))
                .isInstanceOf(ConnectorException.class)
                .hasMessageContaining("changes.format: json");
    }

    @Test
    void aRegistryThatDoesNotAnswerIsNoFaultOfTheRecordAndIsNotAskedForEach() throws Exception {
        registry.answer("/schemas/ids/3", registry.confluent(CustomerEvent.SCHEMA));
        AvroDecoder decoder = decoder("");
        registry.status(503);

        for (int i = 0; i < 20; i++) {
            assertThatThrownBy(() -> decoder.decode(framed(3), new RecordHeaders()))
                    .isInstanceOf(RegistryUnavailableException.class)
                    .hasMessageContaining("503");
        }
        assertThat(registry.requests()).isLessThan(5);

        registry.status(200);
        assertThat(new Patience()
                        .untilReadable(() -> decoder.decode(framedOrFail(), new RecordHeaders()))
                        .path("op")
                        .asText())
                .isEqualTo("u");
    }

    private static byte[] framedOrFail() {
        try {
            return framed(3);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void sendsTheLoginAsItIsNowAndHaltsWhereItIsRefused(@TempDir Path folder) throws IOException {
        registry.answer("/schemas/ids/3", registry.confluent(CustomerEvent.SCHEMA));
        Path password = Files.writeString(folder.resolve("password"), "secret\n");
        AvroDecoder decoder = decoder("", Optional.of(new Migration.Credentials.PasswordFile("keyferry", password)));
        registry.status(401);

        assertThatThrownBy(() -> decoder.decode(framed(3), new RecordHeaders()))
                .isInstanceOf(KeyFerryException.class)
                .hasMessageContaining("HTTP 401")
                .satisfies(thrown -> assertThat(thrown.getMessage()).doesNotContain("secret"));
        registry.status(200);
        Files.writeString(password, "another");
        decoder.decode(framed(3), new RecordHeaders());

        assertThat(registry.login()).isEqualTo("Basic a2V5ZmVycnk6YW5vdGhlcg==");
    }

    @Test
    void spoiltAvroIsAFaultOfOneRecord() throws IOException {
        registry.answer("/schemas/ids/3", registry.confluent(CustomerEvent.SCHEMA));
        AvroDecoder decoder = decoder("");
        byte[] whole = framed(3);

        for (byte[] spoilt : new byte[][] {
            Arrays.copyOf(whole, whole.length - 3),
            Arrays.copyOf(whole, whole.length + 1),
            new byte[0],
            {0, 1},
            {7, 7, 7, 7, 7, 7}
        }) {
            assertThatThrownBy(() -> decoder.decode(spoilt, new RecordHeaders()))
                    .isInstanceOf(UnreadableRecordException.class);
        }
    }

    @Test
    void findsColumnsWhoseNamesAvroDoesNotAllow() {
        assertThat(decoder("").field("card-number")).isEqualTo("card_number");
        assertThat(decoder("").field("2nd")).isEqualTo("_2nd");
        assertThat(decoder("").field("ssn_encrypted")).isEqualTo("ssn_encrypted");
    }
}
