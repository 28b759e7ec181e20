package io.keyferry.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import io.keyferry.model.Changes;
import io.keyferry.model.KeyFerryException;
import io.keyferry.model.Migration;
import io.keyferry.model.UnreadableRecordException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.avro.Schema;
import org.apache.avro.SchemaBuilder;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How a registry is asked, and what becomes of its answers; the real one is in ExistingDebeziumIT. */
class AvroDecoderTest {

    private static final Schema ROW = SchemaBuilder.record("Value")
            .namespace("shop.public.customers")
            .fields()
            .requiredLong("id")
            .name("secret")
            .type()
            .nullable()
            .stringType()
            .noDefault()
            .name("card")
            .type()
            .nullable()
            .bytesType()
            .noDefault()
            .endRecord();
    private static final String ENVELOPE = """
            {"type":"record","name":"Envelope","namespace":"shop.public.customers","fields":[
              {"name":"after","type":["null","%s"]},{"name":"op","type":"string"}]}""";

    private final Map<String, String> answers = new ConcurrentHashMap<>();
    private final AtomicInteger requests = new AtomicInteger();
    private volatile int status = 200;
    private volatile String login;
    private HttpServer server;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            requests.incrementAndGet();
            login = exchange.getRequestHeaders().getFirst("Authorization");
            String answer = answers.get(exchange.getRequestURI().toString());
            byte[] body = (answer == null ? "{}" : answer).getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(status != 200 ? status : answer == null ? 404 : 200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private AvroDecoder decoder(String path) {
        return decoder(path, Optional.empty());
    }

    private AvroDecoder decoder(String path, Optional<Migration.Credentials> credentials) {
        return new AvroDecoder(new SchemaRegistry(new Changes.SchemaRegistry(
                "http://127.0.0.1:" + server.getAddress().getPort() + path, credentials, Optional.empty())));
    }

    private static byte[] avro() throws IOException {
        Schema envelope = new Schema.Parser().parse(ENVELOPE.replace("\"%s\"", ROW.toString()));
        GenericData.Record row = new GenericData.Record(ROW);
        row.put("id", 7L);
        row.put("secret", "AQID");
        row.put("card", ByteBuffer.wrap(new byte[] {1, 2}));
        GenericData.Record event = new GenericData.Record(envelope);
        event.put("after", row);
        event.put("op", "u");
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(out, null);
        new GenericDatumWriter<GenericData.Record>(envelope).write(event, encoder);
        encoder.flush();
        return out.toByteArray();
    }

    private static byte[] framed(int id) throws IOException {
        byte[] avro = avro();
        return ByteBuffer.allocate(5 + avro.length).put((byte) 0).putInt(id).put(avro).array();
    }

    private static String whole() {
        return ENVELOPE.replace("\"%s\"", ROW.toString());
    }

    private static String answer(String schema, String more) throws IOException {
        return "{\"schema\":" + new ObjectMapper().writeValueAsString(schema) + more + "}";
    }

    @Test
    void asksOnceForASchemaAndReadsEveryRecordByIt() throws IOException {
        answers.put("/schemas/ids/3", answer(whole(), ""));
        AvroDecoder decoder = decoder("");

        for (int i = 0; i < 5; i++) {
            JsonNode event = decoder.decode(framed(3), new RecordHeaders());

            assertThat(event.path("op").asText()).isEqualTo("u");
            assertThat(event.at("/after/id").asLong()).isEqualTo(7);
            assertThat(event.at("/after/secret").asText()).isEqualTo("AQID");
            assertThat(event.at("/after/card").isBinary()).isTrue();
        }
        assertThat(requests).hasValue(1);
    }

    @Test
    void followsTheReferencesOfASchema() throws IOException {
        answers.put(
                "/schemas/ids/3",
                answer(
                        ENVELOPE.formatted("shop.public.customers.Value"),
                        ",\"references\":[{\"name\":\"shop.public.customers.Value\",\"subject\":\"the row\",\"version\":2}]"));
        answers.put("/subjects/the%20row/versions/2", answer(ROW.toString(), ""));

        assertThat(decoder("").decode(framed(3), new RecordHeaders())
                        .at("/after/id")
                        .asLong())
                .isEqualTo(7);
    }

    @Test
    void readsApicuriosIdsInHeadersAndInEightBytes() throws IOException {
        answers.put("/apis/registry/v2/ids/globalIds/3?dereference=true", whole());
        answers.put("/apis/registry/v3/ids/contentIds/4?references=DEREFERENCE", whole());
        RecordHeaders headers = new RecordHeaders();
        headers.add("apicurio.value.globalId", ByteBuffer.allocate(8).putLong(0, 3).array());
        headers.add("apicurio.value.encoding", "BINARY".getBytes(StandardCharsets.UTF_8));
        byte[] avro = avro();
        byte[] eight =
                ByteBuffer.allocate(9 + avro.length).put((byte) 0).putLong(3).put(avro).array();

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
        answers.put("/schemas/ids/5", answer("{}", ",\"schemaType\":\"JSON\""));
        answers.put("/schemas/ids/6", answer("{}", ""));
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
        answers.put("/schemas/ids/3", answer(whole(), ""));
        AvroDecoder decoder = decoder("");
        status = 503;

        for (int i = 0; i < 20; i++) {
            assertThatThrownBy(() -> decoder.decode(framed(3), new RecordHeaders()))
                    .isInstanceOf(RegistryUnavailableException.class)
                    .hasMessageContaining("503");
        }
        assertThat(requests).hasValueLessThan(5);

        status = 200;
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
        answers.put("/schemas/ids/3", answer(whole(), ""));
        Path password = Files.writeString(folder.resolve("password"), "secret\n");
        AvroDecoder decoder = decoder("", Optional.of(new Migration.Credentials.PasswordFile("keyferry", password)));
        status = 401;

        assertThatThrownBy(() -> decoder.decode(framed(3), new RecordHeaders()))
                .isInstanceOf(KeyFerryException.class)
                .hasMessageContaining("HTTP 401")
                .satisfies(thrown -> assertThat(thrown.getMessage()).doesNotContain("secret"));
        status = 200;
        Files.writeString(password, "another");
        decoder.decode(framed(3), new RecordHeaders());

        assertThat(login).isEqualTo("Basic a2V5ZmVycnk6YW5vdGhlcg==");
    }

    @Test
    void spoiltAvroIsAFaultOfOneRecord() throws IOException {
        answers.put("/schemas/ids/3", answer(whole(), ""));
        AvroDecoder decoder = decoder("");
        byte[] whole = framed(3);

        for (byte[] spoilt : new byte[][] {
            Arrays.copyOf(whole, whole.length - 3), Arrays.copyOf(whole, whole.length + 1), new byte[0], {0, 1}, {7, 7, 7, 7, 7, 7}
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
