package io.keyferry.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.keyferry.cli.PipelineBench.Place;
import io.keyferry.cli.PipelineBench.Running;
import io.keyferry.cli.check.ConnectorSlot;
import io.keyferry.cli.kafka.KafkaAccess;
import io.keyferry.cli.terminal.UsageException;
import io.keyferry.model.Changes;
import io.keyferry.model.ContextTemplate;
import io.keyferry.model.Counter;
import io.keyferry.model.Counts;
import io.keyferry.model.Encoding;
import io.keyferry.model.KeyFerryException;
import io.keyferry.model.Migration;
import io.keyferry.model.TableName;
import io.keyferry.model.Topics;
import io.keyferry.model.file.MigrationFile;
import io.keyferry.sandbox.SandboxPostgres;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A migration without the snapshot stage, on what Debezium on a real worker of Kafka Connect writes with the settings that
 * docs/existing-debezium.md tells the user to use.
 */
@Timeout(300)
@Execution(ExecutionMode.CONCURRENT)
class ExistingDebeziumIT {

    private static final int ROWS = 20;
    private static final Duration LONG = Duration.ofSeconds(120);
    /** Of the document's settings, those that name a place. */
    private static final List<String> PLACES = List.of(
            "database.hostname",
            "database.port",
            "database.dbname",
            "database.user",
            "database.password",
            "topic.prefix",
            "slot.name",
            "publication.name",
            "table.include.list");

    private static PipelineBench bench;
    private static SandboxPostgres postgres;
    private static ConnectWorker connect;
    private static RegistryServer registry;
    private static Place place;
    private static ConnectorDocument document;

    @BeforeAll
    static void start(@TempDir Path folder) throws IOException {
        Path parts = Path.of(System.getProperty("keyferry.connect", "target/connect"))
                .toAbsolutePath();
        document = ConnectorDocument.read();
        // none waits for another
        registry = RegistryServer.start(folder, parts.resolve("registry"));
        bench = new PipelineBench();
        connect = ConnectWorker.start(folder, parts.resolve("converters"), bench.bootstrapServers());
        postgres = SandboxPostgres.start(0, null);
        place = Place.of(postgres);
        connect.awaitStart();
        registry.awaitStart();
    }

    @AfterAll
    static void stop() {
        connect.close();
        registry.close();
        bench.close();
        postgres.close();
    }

    /** The document's connector, at this test's places, with a converter and other changes. */
    private static Map<String, String> connector(String name, Map<String, String> converter) {
        Map<String, String> settings = new HashMap<>(document.connector());
        assertThat(settings).containsKeys(PLACES.toArray(String[]::new));
        settings.put("database.hostname", postgres.host());
        settings.put("database.port", String.valueOf(postgres.port()));
        settings.put("database.dbname", postgres.database());
        settings.put("database.user", postgres.user());
        settings.put("database.password", postgres.password());
        settings.put("topic.prefix", name);
        settings.put("slot.name", name);
        settings.put("publication.name", name);
        settings.put("table.include.list", "public." + name);
        // the sandbox's broker makes no topic by itself
        settings.put("topic.creation.default.partitions", "3");
        settings.put("topic.creation.default.replication.factor", "1");
        settings.putAll(converter);
        settings.replaceAll((key, value) -> value.replace("http://apicurio:8080/apis/registry/v2", registry.own()));
        return settings;
    }

    /** Every row key, column and context of a kind that depends on how the connector is set. */
    private static void createTable(String name) throws SQLException {
        place.sql("CREATE TABLE " + name + " (id bigint, day date, amount numeric(10,2), secret text, card bytea,"
                + " note text, PRIMARY KEY (id, day))");
        for (int id = 1; id <= ROWS; id++) {
            insert(name, id, "value " + id);
        }
    }

    private static void insert(String name, int id, String text) throws SQLException {
        place.sql("INSERT INTO %s VALUES (%d, '2026-01-02', %d.50, '%s', decode('%s', 'base64'))"
                .formatted(name, id, id, bench.encrypted(text), bench.encrypted(text, Map.of("amount", id + ".50"))));
    }

    private static List<Migration.Table> tables(String name) {
        return List.of(new Migration.Table(
                TableName.parse("public." + name),
                List.of(
                        new Migration.Column("secret", Encoding.BASE64, ContextTemplate.NONE),
                        new Migration.Column(
                                "card", Encoding.RAW, ContextTemplate.parse(Map.of("amount", "{amount}"))))));
    }

    private static Changes changes(String name, Changes.Format format, String registryUrl) {
        return new Changes(
                name,
                name,
                format,
                format == Changes.Format.AVRO
                        ? Optional.of(new Changes.SchemaRegistry(registryUrl, Optional.empty(), Optional.empty()))
                        : Optional.empty(),
                Map.of());
    }

    private static Running run(String name, Changes changes) throws SQLException {
        return bench.start(name + "-to-mrk", place, 10_000, tables(name), Optional.of(changes));
    }

    private record Case(String name, Map<String, String> converter, Changes.Format format, boolean confluent) {

        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Case> converters() throws IOException {
        Map<String, Map<String, String>> written = ConnectorDocument.read().converters();
        Map<String, String> json = written.get("JSON without schemas");
        Map<String, String> enveloped = new HashMap<>(json);
        enveloped.put("key.converter.schemas.enable", "true");
        enveloped.put("value.converter.schemas.enable", "true");
        Map<String, String> avro = written.get("Avro with Apicurio");
        Map<String, String> confluent = new HashMap<>(avro);
        confluent.put("value.converter.apicurio.registry.headers.enabled", "false");
        confluent.put("value.converter.apicurio.registry.as-confluent", "true");
        confluent.put("value.converter.apicurio.registry.use-id", "contentId");
        return Stream.of(
                new Case("enveloped", enveloped, Changes.Format.JSON, false),
                new Case("json_schema", written.get("JSON Schema with Apicurio"), Changes.Format.JSON, false),
                new Case("avro_headers", avro, Changes.Format.AVRO, false),
                new Case("avro_confluent", confluent, Changes.Format.AVRO, true));
    }

    @ParameterizedTest
    @MethodSource("converters")
    void migratesUnderLiveWritesWithWhatEachConverterWrites(Case given) throws Exception {
        String name = given.name();
        createTable(name);
        connect.set(name, connector(name, given.converter()));
        await().atMost(LONG).until(() -> records(name) == ROWS);
        Changes changes = changes(name, given.format(), given.confluent() ? registry.confluent() : registry.own());

        try (Running running = run(name, changes)) {
            for (int id = 1; id <= ROWS; id += 2) {
                place.sql("UPDATE " + name + " SET secret = '" + bench.encrypted("later " + id) + "' WHERE id = " + id);
            }
            insert(name, ROWS + 1, "new " + (ROWS + 1));
            place.sql("DELETE FROM " + name + " WHERE id = 2");

            assertThat(running.awaitDrained(LONG)).isEqualTo(MigrationRun.End.REACHED);

            assertThat(secret(name, 1)).isEqualTo("later 1");
            assertThat(secret(name, 4)).isEqualTo("value 4");
            assertThat(secret(name, ROWS + 1)).isEqualTo("new " + (ROWS + 1));
            assertThat(bench.underSource(place, name)).isZero();
            Counts counts = running.run().summary().counts();
            assertThat(counts.settled()).isEqualTo(counts.get(Counter.SEEN));
            assertThat(counts.get(Counter.DEAD_LETTERED)).isZero();
            assertThat(counts.get(Counter.REWRITTEN)).isGreaterThanOrEqualTo(2 * ROWS);
            assertThat(counts.get(Counter.ALREADY_TARGET))
                    .as("our own writes, which came back")
                    .isPositive();
        } finally {
            connect.delete(name);
        }
    }

    /** As the second Region reads it. */
    private static String secret(String name, int id) throws SQLException {
        return bench.decrypted(place.ask("SELECT secret FROM " + name + " WHERE id = " + id));
    }

    @Test
    void refusesToStartWhereSlotOrTopicsOfTheConnectorAreNotThere() throws Exception {
        place.sql(
                "CREATE TABLE absent (id bigint, day date, amount numeric, secret text, card bytea, PRIMARY KEY (id, day))");
        place.sql("SELECT pg_create_logical_replication_slot('of_another_connector', 'pgoutput')");
        Changes changes = changes("absent", Changes.Format.JSON, null);

        try (Connection connection = postgres.connect()) {
            assertThatThrownBy(() -> ConnectorSlot.check(connection, changes))
                    .isInstanceOf(UsageException.class)
                    .hasMessageContaining("there is no replication slot absent")
                    .hasMessageContaining("of_another_connector");
            assertThat(ConnectorSlot.check(
                            connection,
                            new Changes(
                                    "any", "of_another_connector", Changes.Format.JSON, Optional.empty(), Map.of())))
                    .contains("nobody reads now");
        } finally {
            place.sql("SELECT pg_drop_replication_slot('of_another_connector')");
        }
        assertThatThrownBy(() -> run("absent", changes))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("absent.public.absent")
                .hasMessageContaining("changes.topicPrefix");
    }

    @Test
    void beginsAtTheEndsOfTheConnectorsTopicsAndStaysWhereItIs() throws Exception {
        Migration migration = MigrationFile.parse("""
                name: begins
                database: {url: "%s", credentials: {user: none, passwordEnv: NONE}}
                keys:
                  region: us-west-2
                  source: [arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab]
                  target: arn:aws:kms:us-west-2:111122223333:key/mrk-0987dcba09fe87dc65baab0987654321
                kafka: {bootstrapServers: "%s"}
                tables: [{table: public.begins, columns: [{column: secret, encoding: base64}]}]
                changes: {topicPrefix: theirs, topics: {public.begins: routed}}
                """.formatted(place.url(), bench.bootstrapServers()), Path.of("/"));
        Map<String, Object> kafka = Map.of("bootstrap.servers", bench.bootstrapServers());
        try (Admin admin = Admin.create(kafka);
                KafkaProducer<byte[], byte[]> producer =
                        new KafkaProducer<>(kafka, new ByteArraySerializer(), new ByteArraySerializer());
                KafkaAccess access = KafkaAccess.open(migration, null)) {
            admin.createTopics(List.of(new NewTopic("routed", 2, (short) 1)))
                    .all()
                    .get();
            await().atMost(LONG).until(() -> producer.partitionsFor("routed").size() == 2);
            producer.send(new ProducerRecord<>("routed", 1, null, new byte[1])).get();

            access.createTopics(migration);
            producer.send(new ProducerRecord<>("routed", 1, null, new byte[1])).get();
            access.createTopics(migration);

            assertThat(admin.listConsumerGroupOffsets("begins.stream-processor")
                            .partitionsToOffsetAndMetadata()
                            .get())
                    .containsOnly(
                            Map.entry(new TopicPartition("routed", 0), new OffsetAndMetadata(0)),
                            Map.entry(new TopicPartition("routed", 1), new OffsetAndMetadata(1)));
            assertThat(admin.listTopics().names().get())
                    .contains("begins.journal", "begins.sweep")
                    .doesNotContain("theirs.public.begins", "begins.public.begins", "begins.offsets");
        }
    }

    @Test
    void haltsOnWhatASettingHasMadeAndGoesOnBehindItOnceTheConnectorIsSetRight() throws Exception {
        String name = "halting";
        createTable(name);
        Map<String, String> right = connector(name, document.converters().get("JSON without schemas"));
        connect.set(name, right);
        await().atMost(LONG).until(() -> records(name) == ROWS);
        Changes changes = changes(name, Changes.Format.JSON, null);
        int id = ROWS;
        for (Wrong wrong : WRONG) {
            Map<String, String> settings = new HashMap<>(right);
            settings.putAll(wrong.settings());
            // before the connector writes it: the stream-processor begins at the ends of the topics
            try (Running running = run(name, changes)) {
                setAnew(name, settings);
                insert(name, ++id, "new " + id);

                assertThatThrownBy(() -> running.awaitDrained(LONG))
                        .isInstanceOf(KeyFerryException.class)
                        .hasMessageContaining(wrong.message())
                        .hasMessageContaining(name + ".public." + name + ":")
                        .hasMessageContaining("--reset-offsets --to-latest");
                assertThat(running.count(Counter.DEAD_LETTERED)).isZero();
            }
            passOver(name);
        }

        setAnew(name, right);
        insert(name, ++id, "new " + id);
        try (Running running = run(name, changes)) {
            assertThat(running.awaitDrained(LONG)).isEqualTo(MigrationRun.End.REACHED);
            assertThat(running.count(Counter.DEAD_LETTERED)).isZero();
        }
        assertThat(bench.underSource(place, name)).isZero();
        assertThat(secret(name, ROWS + 1)).isEqualTo("new " + (ROWS + 1));
        connect.delete(name);
    }

    /**
     * Gives a connector other settings, and returns once it streams by them. Kafka Connect tells a task to run that only
     * begins, and leaves one behind that ends slowly: of two with one slot, the former one would get what comes next.
     */
    private static void setAnew(String name, Map<String, String> settings) throws Exception {
        connect.delete(name);
        await().atMost(LONG).until(() -> slotIsActive(name, false));
        connect.set(name, settings);
        await().atMost(LONG).until(() -> slotIsActive(name, true));
    }

    private static boolean slotIsActive(String name, boolean active) throws SQLException {
        return place.ask("SELECT active FROM pg_replication_slots WHERE slot_name = '" + name + "'")
                .equals(active ? "t" : "f");
    }

    private record Wrong(Map<String, String> settings, String message) {}

    private static final List<Wrong> WRONG = List.of(
            new Wrong(Map.of("binary.handling.mode", "bytes"), "Set binary.handling.mode=hex on the connector"),
            new Wrong(
                    Map.of(
                            "transforms",
                            "unwrap",
                            "transforms.unwrap.type",
                            "io.debezium.transforms.ExtractNewRecordState"),
                    "Take the transformation ExtractNewRecordState"));

    /** What the message says to do. */
    private static void passOver(String name) throws InterruptedException, ExecutionException {
        Map<TopicPartition, OffsetAndMetadata> ends = new HashMap<>();
        ends("public." + name, name).forEach((partition, end) -> ends.put(partition, new OffsetAndMetadata(end)));
        String group = new Topics(name + "-to-mrk").streamProcessorGroup();
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bench.bootstrapServers()))) {
            await().atMost(LONG)
                    .ignoreExceptionsInstanceOf(ExecutionException.class)
                    .until(() -> {
                        admin.alterConsumerGroupOffsets(group, ends).all().get();
                        return true;
                    });
        }
    }

    private static long records(String topic) throws InterruptedException, ExecutionException {
        return ends("public." + topic, topic).values().stream()
                .mapToLong(Long::longValue)
                .sum();
    }

    private static Map<TopicPartition, Long> ends(String table, String prefix)
            throws InterruptedException, ExecutionException {
        String topic = prefix + "." + table;
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bench.bootstrapServers()))) {
            if (!admin.listTopics().names().get().contains(topic)) {
                return Map.of();
            }
            Map<TopicPartition, OffsetSpec> latest = new HashMap<>();
            admin.describeTopics(List.of(topic))
                    .allTopicNames()
                    .get()
                    .get(topic)
                    .partitions()
                    .forEach(partition ->
                            latest.put(new TopicPartition(topic, partition.partition()), OffsetSpec.latest()));
            Map<TopicPartition, Long> ends = new HashMap<>();
            admin.listOffsets(latest).all().get().forEach((partition, end) -> ends.put(partition, end.offset()));
            return ends;
        }
    }
}
