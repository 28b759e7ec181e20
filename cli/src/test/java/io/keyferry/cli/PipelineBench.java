package io.keyferry.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.keyferry.cli.configuration.MigrationArguments;
import io.keyferry.cli.kafka.KafkaAccess;
import io.keyferry.cli.kms.KmsTrouble;
import io.keyferry.cli.meters.RunMeters;
import io.keyferry.cli.terminal.Console;
import io.keyferry.cli.terminal.Interruption;
import io.keyferry.database.Catalog;
import io.keyferry.database.DatabaseLogin;
import io.keyferry.database.JdbcDatabase;
import io.keyferry.kms.KeyServices;
import io.keyferry.kms.KmsAccess;
import io.keyferry.kms.KmsConnection;
import io.keyferry.model.Changes;
import io.keyferry.model.ContextTemplate;
import io.keyferry.model.Counter;
import io.keyferry.model.Encoding;
import io.keyferry.model.Migration;
import io.keyferry.model.SnapshotMode;
import io.keyferry.model.TableLayout;
import io.keyferry.model.TableName;
import io.keyferry.sandbox.SandboxKafka;
import io.keyferry.sandbox.SandboxPostgres;
import io.keyferry.sandbox.kms.LocalKms;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;

/** All stages in this JVM, with one Kafka and one KMS, against whatever databases a test has. */
final class PipelineBench implements AutoCloseable {

    private static final String REGION = "us-west-2";
    private static final String REPLICA_REGION = "us-east-1";
    private static final String COLUMN = "secret";

    private final SandboxKafka kafka = SandboxKafka.start(0, null);
    private final LocalKms kms = LocalKms.start(0, null);
    private final String source = kms.provisioning().key(REGION, "alias/source");
    private final String target = kms.provisioning().multiRegionKey(REGION, "alias/target", REPLICA_REGION);

    /** As it stands in every value's header, also once the key is disabled. */
    private final String sourceIdentifier =
            HexFormat.of().formatHex(Base64.getDecoder().decode(encrypted("any")), 5, 37);

    /** A database of a server of the sandbox, and who enters it. */
    record Place(SandboxPostgres postgres, String database, String user, String password) {

        static Place of(SandboxPostgres postgres) {
            return in(postgres, postgres.database());
        }

        static Place in(SandboxPostgres postgres, String database) {
            return new Place(postgres, database, postgres.user(), postgres.password());
        }

        Place as(String other, String otherPassword) {
            return new Place(postgres, database, other, otherPassword);
        }

        String url() {
            return "jdbc:postgresql://" + postgres.host() + ":" + postgres.port() + "/" + database;
        }

        /** Runs statements as superuser. */
        void sql(String... statements) throws SQLException {
            try (Connection connection = DriverManager.getConnection(url(), postgres.user(), postgres.password());
                    Statement sql = connection.createStatement()) {
                for (String statement : statements) {
                    sql.execute(statement);
                }
            }
        }

        /** The first value of a query's first row, as superuser. */
        String ask(String query) throws SQLException {
            try (Connection connection = DriverManager.getConnection(url(), postgres.user(), postgres.password());
                    Statement sql = connection.createStatement();
                    ResultSet row = sql.executeQuery(query)) {
                return row.next() ? row.getString(1) : null;
            }
        }
    }

    /** A new value under the source key, as the application stores it. */
    String encrypted(String text) {
        return encrypted(text, Map.of());
    }

    /** The same with an encryption context. */
    String encrypted(String text, Map<String, String> context) {
        return Base64.getEncoder()
                .encodeToString(kms.provisioning().encrypt(source, text.getBytes(StandardCharsets.UTF_8), context));
    }

    /** What the second Region reads where only the replica of the target key is left. */
    String decrypted(String stored) {
        return LargeValue.decrypt(
                access(REPLICA_REGION),
                target.replace(REGION, REPLICA_REGION),
                Base64.getDecoder().decode(stored));
    }

    /** What the application reads as long as the source key is there. */
    String decryptedUnderSource(String stored) {
        return LargeValue.decrypt(access(REGION), source, Base64.getDecoder().decode(stored));
    }

    /** Disables the source key, or enables it again. */
    void sourceKeyIs(boolean enabled) {
        LargeValue.enable(access(REGION), source, enabled);
    }

    /** How many values of a table's column {@code secret} are under the source key. */
    long underSource(Place place, String table) throws SQLException {
        return Long.parseLong(place.ask("SELECT count(*) FROM " + table + " WHERE substring(decode(" + COLUMN
                + ", 'base64') FROM 6 FOR 32) = '\\x" + sourceIdentifier + "'"));
    }

    /** Makes a table with that many rows, whose text is {@code value <id>}. */
    void createTable(Place place, String table, int rows) throws SQLException {
        place.sql("CREATE TABLE " + table + " (id bigint PRIMARY KEY, " + COLUMN + " text, note text)");
        for (int from = 1; from <= rows; from += 500) {
            StringBuilder insert = new StringBuilder("INSERT INTO " + table + " VALUES ");
            for (int id = from; id <= Math.min(rows, from + 499); id++) {
                insert.append(id == from ? "" : ",").append("(" + id + ", '" + encrypted("value " + id) + "')");
            }
            place.sql(insert.toString());
        }
    }

    private KmsAccess access(String region) {
        return new KmsAccess(
                region,
                Optional.of(kms.endpoint()),
                Optional.of(StaticCredentialsProvider.create(AwsBasicCredentials.create("sandbox", "sandbox"))));
    }

    /** For its faults and counts. */
    LocalKms kms() {
        return kms;
    }

    /** Requests that KMS has had of everybody. */
    long kmsRequests() {
        return kms.requests();
    }

    String sourceKey() {
        return source;
    }

    String targetKey() {
        return target;
    }

    String bootstrapServers() {
        return kafka.bootstrapServers();
    }

    /** What {@code keyferry} finds in its environment, besides the password of migration.yaml. */
    Map<String, String> environment(Place place) {
        return Map.of(
                "AWS_ENDPOINT_URL_KMS",
                kms.endpoint().toString(),
                "AWS_ACCESS_KEY_ID",
                "sandbox",
                "AWS_SECRET_ACCESS_KEY",
                "sandbox",
                "DATABASE_PASSWORD",
                place.password());
    }

    /**
     * Writes {@code <name>.yaml}, a migration of the column {@code secret} of a table.
     *
     * @param bootstrapServers empty for the embedded broker
     */
    void migrationFile(Path folder, String name, Place place, String table, Optional<String> bootstrapServers)
            throws IOException {
        String kafkaSection = bootstrapServers
                .map(servers -> "kafka:\n  bootstrapServers: " + servers + "\n")
                .orElse("");
        Files.writeString(
                folder.resolve(name + ".yaml"),
                """
                name: %s
                database:
                  url: %s
                  credentials: {user: %s, passwordEnv: DATABASE_PASSWORD}
                keys:
                  region: %s
                  source: [%s]
                  target: %s
                  replicas: [%s]
                tables:
                  - table: public.%s
                    columns: [{column: %s, encoding: base64}]
                """.formatted(name, place.url(), place.user(), REGION, source, target, REPLICA_REGION, table, COLUMN)
                        + kafkaSection);
    }

    /** Every change of a table that a migration has read or received, as Debezium wrote it. */
    List<JsonNode> changes(String name, String table) throws IOException {
        List<JsonNode> changes = new ArrayList<>();
        for (String value : texts(name + ".public." + table)) {
            changes.add(new ObjectMapper().readTree(value));
        }
        return changes;
    }

    /** All topics, Kafka's own apart. */
    Set<String> topics() throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", (Object) kafka.bootstrapServers()))) {
            return admin.listTopics().names().get();
        }
    }

    /** The values of a topic's records, as text. */
    List<String> texts(String topic) {
        Map<String, Object> properties = Map.of("bootstrap.servers", kafka.bootstrapServers());
        List<String> texts = new ArrayList<>();
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = consumer.partitionsFor(topic).stream()
                    .map(partition -> new TopicPartition(partition.topic(), partition.partition()))
                    .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            while (partitions.stream().anyMatch(partition -> consumer.position(partition) < ends.get(partition))) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(100))) {
                    if (record.value() != null) {
                        texts.add(new String(record.value(), StandardCharsets.UTF_8));
                    }
                }
            }
        }
        return texts;
    }

    /** Starts a migration of the column {@code secret} of these tables. */
    Running start(String name, Place place, String... tables) throws SQLException {
        return start(name, place, 10_000, tables);
    }

    /** Starts a migration that makes no more requests to KMS a second than these. */
    Running start(String name, Place place, int requestsPerSecond, String... tables) throws SQLException {
        List<Migration.Table> migrated = Arrays.stream(tables)
                .map(table -> new Migration.Table(
                        TableName.parse("public." + table),
                        List.of(new Migration.Column(COLUMN, Encoding.BASE64, ContextTemplate.NONE))))
                .toList();
        return start(name, place, requestsPerSecond, migrated, Optional.empty());
    }

    /** Starts a migration whose changes come from elsewhere, where that is given. */
    Running start(
            String name, Place place, int requestsPerSecond, List<Migration.Table> tables, Optional<Changes> changes)
            throws SQLException {
        Migration migration = new Migration(
                name,
                new Migration.Database(place.url(), new Migration.Credentials.PasswordEnv(place.user(), "NONE")),
                new Migration.Keys(REGION, List.of(source), target, List.of(REPLICA_REGION), requestsPerSecond),
                Optional.of(new Migration.Kafka(kafka.bootstrapServers(), Optional.empty(), Map.of())),
                SnapshotMode.DEFAULT,
                tables,
                100,
                Migration.Http.DEFAULT,
                changes);
        JdbcDatabase database = new JdbcDatabase(place.url(), () -> new DatabaseLogin(place.user(), place.password()));
        List<TableLayout> layouts;
        try (Connection connection = database.connect("check")) {
            layouts = Catalog.layouts(connection, migration.tables());
        }
        KmsTrouble trouble = new KmsTrouble();
        RunMeters meters = new RunMeters(migration, "test");
        KmsConnection connection = KeyServices.open(access(REGION), requestsPerSecond, trouble);
        KafkaAccess access = KafkaAccess.open(migration, null);
        access.createTopics(migration);
        MigrationRun run = new MigrationRun(
                migration,
                layouts,
                new MigrationArguments(null, Set.of()).stages(migration),
                database,
                connection,
                trouble,
                access.properties(),
                Console.of(false),
                meters,
                true);
        run.start(new Interruption());
        return new Running(run, connection, meters);
    }

    /** The stages at work. */
    record Running(MigrationRun run, KmsConnection kms, RunMeters meters) implements AutoCloseable {

        MigrationRun.End awaitDrained(Duration atMost) throws InterruptedException {
            return run.await(Optional.of(Until.DRAINED), Optional.of(atMost), new Interruption());
        }

        long count(Counter counter) {
            return run.summary().counts().get(counter);
        }

        @Override
        public void close() {
            try (meters;
                    kms) {
                run.close();
            }
        }
    }

    @Override
    public void close() {
        kms.close();
        kafka.close();
    }
}
