package io.keyferry.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.keyferry.cli.check.Preparation;
import io.keyferry.cli.configuration.StageName;
import io.keyferry.cli.kafka.KafkaAccess;
import io.keyferry.cli.kms.KmsTrouble;
import io.keyferry.cli.meters.RunMeters;
import io.keyferry.cli.terminal.Console;
import io.keyferry.cli.terminal.Interruption;
import io.keyferry.database.Database;
import io.keyferry.database.DatabaseLogin;
import io.keyferry.database.JdbcDatabase;
import io.keyferry.kms.KeyServices;
import io.keyferry.kms.KmsAccess;
import io.keyferry.kms.KmsConnection;
import io.keyferry.model.Counter;
import io.keyferry.model.Counts;
import io.keyferry.model.Encoding;
import io.keyferry.model.Migration;
import io.keyferry.model.TableLayout;
import io.keyferry.model.TableName;
import io.keyferry.model.file.MigrationFile;
import io.keyferry.sandbox.Sandbox;
import io.keyferry.servers.Servers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.kms.KmsAsyncClient;

/** One migration of tables of every shape, with an application that writes while it runs. */
@Timeout(300)
class SchemasIT {

    private static final int REQUESTS_PER_SECOND = 10_000;
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    /** Rows that no other shape can hold: nothing to re-encrypt, and nothing that could be re-encrypted. */
    private static final TableName ODD_VALUES = TableName.parse("public.odd_values");
    /** Its trigger changes the encryption context whenever a row is updated. */
    private static final TableName VERSIONED = TableName.parse("public.versioned");

    private static Sandbox sandbox;
    private static KmsAccess home;
    private static List<Shape> shapes;
    private static Migration migration;
    private static Connection application;
    private static int plaintexts;

    /** What the application wrote last, by shape, tag and column. */
    private static final Map<Written, Value> committed = new LinkedHashMap<>();

    private record Written(Shape shape, String tag, String column) {}

    private record Value(String plaintext, Map<String, String> context) {}

    @BeforeAll
    static void start() throws SQLException {
        sandbox = Servers.sandbox();
        home = access(sandbox.region());
        shapes = Shapes.all();
        migration = MigrationFile.parse(yaml(), Path.of("."));
        application = sandbox.postgres().connect();
        try (Statement sql = application.createStatement()) {
            for (String ddl : Shapes.DDL) {
                sql.execute(ddl);
            }
            for (Shape shape : shapes) {
                for (String ddl : shape.ddl()) {
                    sql.execute(ddl);
                }
            }
            sql.execute("CREATE TABLE odd_values (id int PRIMARY KEY, secret text);"
                    + "INSERT INTO odd_values VALUES (1, NULL), (2, ''), (3, 'not ciphertext'), (4, '"
                    + base64("odd", Map.of()) + "');"
                    + "CREATE TABLE versioned (id int PRIMARY KEY, version int, touched timestamptz, secret text);"
                    + "INSERT INTO versioned VALUES (1, 1, now(), '" + base64("versioned", Map.of("version", "1"))
                    + "');"
                    + "CREATE TRIGGER touch BEFORE UPDATE ON versioned FOR EACH ROW EXECUTE FUNCTION touch()");
        }
        for (Shape shape : shapes) {
            insert(shape, "changed");
            insert(shape, "still");
        }
    }

    @AfterAll
    static void stop() throws SQLException {
        application.close();
        sandbox.close();
    }

    private static KmsAccess access(String region) {
        return new KmsAccess(
                region,
                Optional.of(sandbox.kms().endpoint()),
                Optional.of(StaticCredentialsProvider.create(AwsBasicCredentials.create("sandbox", "sandbox"))));
    }

    private static String yaml() {
        StringBuilder yaml = new StringBuilder("""
                name: every-shape
                database:
                  url: %s
                  credentials: {user: postgres, passwordEnv: NONE}
                keys:
                  region: %s
                  source: [%s]
                  target: %s
                  replicas: [%s]
                kafka: {bootstrapServers: "%s"}
                tables:
                """.formatted(
                        sandbox.postgres().jdbcUrl(),
                        sandbox.region(),
                        sandbox.sourceKeyArn(),
                        sandbox.targetKeyArn(),
                        sandbox.replicaRegion(),
                        sandbox.kafka().bootstrapServers()));
        shapes.forEach(shape -> yaml.append(shape.yaml()));
        return yaml + """
                  - table: public.odd_values
                    columns: [{column: secret, encoding: base64}]
                  - table: public.versioned
                    columns: [{column: secret, encoding: base64, context: {version: "{version}"}}]
                """;
    }

    /** As an application does: the context may need what the database made of the row. */
    private static void insert(Shape shape, String tag) throws SQLException {
        application.setAutoCommit(false);
        try (Statement sql = application.createStatement()) {
            sql.execute(shape.insert(tag));
        }
        write(shape, tag);
        application.commit();
        application.setAutoCommit(true);
    }

    /** All columns at once, in one change. */
    private static void write(Shape shape, String tag) throws SQLException {
        Migration.Table table = migration.tables().get(shapes.indexOf(shape));
        List<String> assignments = new ArrayList<>();
        List<String> values = new ArrayList<>();
        for (Migration.Column column : table.columns()) {
            String plaintext = String.format("%-" + shape.length() + "s", ++plaintexts);
            Map<String, String> row = new HashMap<>();
            for (String context : column.context().columns()) {
                row.put(context, ask("SELECT format('%s', " + TableName.quote(context) + ") FROM ", table, tag));
            }
            Map<String, String> context = column.context().render(row::get);
            byte[] ciphertext = sandbox.kms()
                    .provisioning()
                    .encrypt(sandbox.sourceKeyArn(), plaintext.getBytes(StandardCharsets.UTF_8), context);
            assignments.add(
                    TableName.quote(column.name()) + " = ?" + (column.encoding() == Encoding.RAW ? "::bytea" : ""));
            values.add(column.encoding().encode(ciphertext, ""));
            committed.put(new Written(shape, tag, column.name()), new Value(plaintext, context));
        }
        try (PreparedStatement update = application.prepareStatement(
                "UPDATE " + table.name().quoted() + " SET " + String.join(", ", assignments) + " WHERE tag = ?")) {
            for (int i = 0; i < values.size(); i++) {
                update.setString(i + 1, values.get(i));
            }
            update.setString(values.size() + 1, tag);
            assertThat(update.executeUpdate()).as(shape + " " + tag).isEqualTo(1);
        }
    }

    private static String ask(String selectFrom, Migration.Table table, String tag) throws SQLException {
        return ask(selectFrom + table.name().quoted() + " WHERE tag = '" + tag + "'");
    }

    private static String ask(String query) throws SQLException {
        try (Statement sql = application.createStatement();
                ResultSet row = sql.executeQuery(query)) {
            row.next();
            return row.getString(1);
        }
    }

    private static String base64(String plaintext, Map<String, String> context) {
        byte[] ciphertext = sandbox.kms()
                .provisioning()
                .encrypt(sandbox.sourceKeyArn(), plaintext.getBytes(StandardCharsets.UTF_8), context);
        return Encoding.BASE64.encode(ciphertext, "");
    }

    @Test
    void endsWithWhatTheApplicationWroteLastUnderTheTargetKeyWhateverTheTable() throws Exception {
        DatabaseLogin login =
                new DatabaseLogin(sandbox.postgres().user(), sandbox.postgres().password());
        Database database = new JdbcDatabase(migration.database().url(), () -> login);
        Console console = Console.of(true);
        KmsTrouble trouble = new KmsTrouble();
        int columns = shapes.stream().mapToInt(shape -> shape.columns().size()).sum();
        try (RunMeters meters = new RunMeters(migration, "test");
                KmsConnection kms = KeyServices.open(home, REQUESTS_PER_SECOND, trouble);
                KafkaAccess kafka = KafkaAccess.open(migration, null)) {
            List<TableLayout> layouts = new Preparation(migration, database, console)
                    .run(Optional.of(kms.withoutRetries()), true, Optional.empty());
            kafka.createTopics(migration);
            Interruption nobody = new Interruption();
            try (MigrationRun run = new MigrationRun(
                    migration,
                    layouts,
                    EnumSet.allOf(StageName.class),
                    database,
                    kms,
                    trouble,
                    kafka.properties(),
                    console,
                    meters,
                    true)) {
                run.start(nobody);
                await().atMost(PATIENCE).until(() -> run.summary().counts().get(Counter.REWRITTEN) >= 2L * columns + 1);
                writeLive();

                MigrationRun.End end = run.await(Optional.of(Until.DRAINED), Optional.of(PATIENCE), nobody);

                Counts counts = run.summary().counts();
                assertThat(end).as(counts.toString()).isEqualTo(MigrationRun.End.ONLY_DEAD_LETTERS_REMAIN);
                assertThat(counts.settled()).isEqualTo(counts.get(Counter.SEEN));
                assertThat(counts.get(Counter.REWRITTEN)).isEqualTo(4L * columns + 1);
                assertThat(counts.get(Counter.SUPERSEDED)).isZero();
                assertThat(counts.get(Counter.DEAD_LETTERED)).isEqualTo(2);
                assertThat(run.summary().remaining().orElseThrow())
                        .isEqualTo(Map.of("public.odd_values.secret", 1L, "public.versioned.secret", 1L));
            }
        }
        everyValueDecryptsInTheSecondRegion();
        assertThat(ask("SELECT count(*) FROM odd_values WHERE id = 1 AND secret IS NULL OR id = 2 AND secret = ''"
                        + " OR id = 3 AND secret = 'not ciphertext'"))
                .isEqualTo("3");
        assertThat(ask("SELECT version FROM versioned"))
                .as("the write was undone")
                .isEqualTo("1");
        // two rows a table were there at first, and the stream brought the rest by itself; a changed key that leaves a
        // large value out has its row read again
        assertThat(rowsFedIn().entrySet())
                .filteredOn(table -> table.getValue() > 2)
                .extracting(Map.Entry::getKey)
                .isSubsetOf("public.changing_key");
    }

    private static void writeLive() throws SQLException {
        for (Shape shape : shapes) {
            application.setAutoCommit(false);
            write(shape, "changed");
            application.commit();
            insert(shape, "inserted");
            try (Statement sql = application.createStatement()) {
                for (String live : shape.live()) {
                    sql.execute(live);
                }
            }
        }
    }

    private static void everyValueDecryptsInTheSecondRegion() throws SQLException {
        String replica = sandbox.targetKeyArn().replace(sandbox.region(), sandbox.replicaRegion());
        KmsAccess access = access(sandbox.replicaRegion());
        Map<Written, CompletableFuture<String>> found = new LinkedHashMap<>();
        try (KmsAsyncClient kms = KmsAsyncClient.builder()
                .region(Region.of(access.region()))
                .endpointOverride(access.endpoint().orElseThrow())
                .credentialsProvider(access.credentials().orElseThrow())
                .build()) {
            for (Map.Entry<Written, Value> entry : committed.entrySet()) {
                Written at = entry.getKey();
                Migration.Table table = migration.tables().get(shapes.indexOf(at.shape()));
                Encoding encoding = table.columns().stream()
                        .filter(column -> column.name().equals(at.column()))
                        .findAny()
                        .orElseThrow()
                        .encoding();
                byte[] ciphertext = encoding.decode(
                        ask("SELECT " + TableName.quote(at.column()) + "::text FROM ", table, at.tag()));
                found.put(
                        at,
                        kms.decrypt(request -> request.keyId(replica)
                                        .encryptionContext(entry.getValue().context())
                                        .ciphertextBlob(SdkBytes.fromByteArray(ciphertext)))
                                .handle((answer, failure) ->
                                        failure == null ? answer.plaintext().asUtf8String() : failure.toString()));
            }
            SoftAssertions.assertSoftly(all -> found.forEach((at, text) -> all.assertThat(text.join())
                    .as(at.toString())
                    .isEqualTo(committed.get(at).plaintext())));
        }
    }

    private static Map<String, Integer> rowsFedIn() {
        Map<String, Integer> tables = new HashMap<>();
        Pattern table = Pattern.compile("\"schema\":\"([^\"]+)\",\"table\":\"([^\"]+)\"");
        try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(
                Map.of("bootstrap.servers", sandbox.kafka().bootstrapServers()),
                new StringDeserializer(),
                new StringDeserializer())) {
            List<TopicPartition> partitions = new ArrayList<>();
            consumer.partitionsFor("every-shape.sweep")
                    .forEach(partition -> partitions.add(new TopicPartition(partition.topic(), partition.partition())));
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            while (partitions.stream().anyMatch(partition -> consumer.position(partition) < ends.get(partition))) {
                consumer.poll(Duration.ofMillis(100))
                        .forEach(record -> table.matcher(record.value())
                                .results()
                                .forEach(
                                        match -> tables.merge(match.group(1) + "." + match.group(2), 1, Integer::sum)));
            }
        }
        return tables;
    }
}
