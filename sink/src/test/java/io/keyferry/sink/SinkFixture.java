package io.keyferry.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.keyferry.database.Catalog;
import io.keyferry.database.Database;
import io.keyferry.database.DatabaseLogin;
import io.keyferry.database.JdbcDatabase;
import io.keyferry.model.ContextTemplate;
import io.keyferry.model.Counter;
import io.keyferry.model.Counts;
import io.keyferry.model.DeadLetter;
import io.keyferry.model.Encoding;
import io.keyferry.model.JournalFormat;
import io.keyferry.model.Migration;
import io.keyferry.model.Progress;
import io.keyferry.model.Rewrite;
import io.keyferry.model.SnapshotMode;
import io.keyferry.model.TableLayout;
import io.keyferry.model.TableName;
import io.keyferry.model.Topics;
import io.keyferry.sandbox.SandboxKafka;
import io.keyferry.sandbox.SandboxPostgres;
import io.keyferry.servers.Servers;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** A PostgreSQL server and a broker, with a journal to write and results to read. */
final class SinkFixture implements AutoCloseable {

    private static final Map<String, String> SETTINGS =
            Map.of("max_active_replication_origins", "50", "track_commit_timestamp", "on");

    private final Path folder;
    private final int kafkaPort;
    private SandboxKafka kafka;
    private SandboxPostgres postgres;
    private final Producer<byte[], byte[]> producer;

    /** @param folder keeps the data of both servers, so that they can be restarted; or null */
    SinkFixture(Path folder) {
        this.folder = folder;
        kafka = folder == null ? Servers.kafka() : SandboxKafka.start(0, folder.resolve("kafka"));
        kafkaPort = kafka.port();
        postgres = folder == null
                ? Servers.postgres(SETTINGS)
                : SandboxPostgres.start(0, folder.resolve("postgres"), SETTINGS);
        // topics are written to before their leaders are there, which idempotence does not always get over
        producer = new KafkaProducer<>(
                Map.of(
                        "bootstrap.servers",
                        kafka.bootstrapServers(),
                        "linger.ms",
                        20,
                        "enable.idempotence",
                        false,
                        "max.in.flight.requests.per.connection",
                        1),
                new ByteArraySerializer(),
                new ByteArraySerializer());
    }

    Map<String, Object> kafkaProperties() {
        return Map.of("bootstrap.servers", kafka.bootstrapServers());
    }

    Database database() {
        return new JdbcDatabase(postgres.jdbcUrl(), () -> new DatabaseLogin(postgres.user(), postgres.password()));
    }

    Connection connect() throws SQLException {
        return postgres.connect();
    }

    void stopPostgres() {
        postgres.close();
    }

    void startPostgres() {
        postgres = SandboxPostgres.start(postgres.port(), folder.resolve("postgres"), SETTINGS);
    }

    void stopKafka() {
        kafka.close();
    }

    void startKafka() {
        kafka = SandboxKafka.start(kafkaPort, folder.resolve("kafka"));
    }

    void sql(String... statements) throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }

    /** A table {@code public.<name>} with rows from 1, whose ssn and card are under the source key. */
    TableName customers(String name, int rows) throws SQLException {
        TableName table = new TableName("public", name);
        sql("CREATE TABLE " + table.quoted()
                + " (id bigint PRIMARY KEY, tenant text DEFAULT 'acme', ssn text, card bytea)");
        try (Connection connection = connect();
                PreparedStatement insert = connection.prepareStatement(
                        "INSERT INTO " + table.quoted() + " (id, ssn, card) VALUES (?, ?, ?)")) {
            for (int id = 1; id <= rows; id++) {
                insert.setLong(1, id);
                insert.setString(2, Ciphertexts.SOURCE.base64("ssn " + id));
                insert.setBytes(3, Ciphertexts.SOURCE.bytes("card " + id));
                insert.addBatch();
            }
            insert.executeBatch();
        }
        return table;
    }

    /** The migration of such a table. */
    Migration customersMigration(String name, TableName table) {
        return migration(name, table, column("ssn", Encoding.BASE64), column("card", Encoding.RAW));
    }

    /** The first column of the rows, as text. */
    List<String> texts(String query) throws SQLException {
        try (Connection connection = connect()) {
            return texts(connection, query);
        }
    }

    static List<String> texts(Connection connection, String query) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(query)) {
            List<String> texts = new ArrayList<>();
            while (rows.next()) {
                texts.add(rows.getString(1));
            }
            return texts;
        }
    }

    String text(String query) throws SQLException {
        return texts(query).get(0);
    }

    static Migration.Column column(String name, Encoding encoding, String... context) {
        Map<String, String> entries = new HashMap<>();
        Arrays.stream(context).forEach(column -> entries.put(column, "{" + column + "}"));
        return new Migration.Column(name, encoding, ContextTemplate.parse(entries));
    }

    /** A migration of one table, with its topics. */
    Migration migration(String name, TableName table, Migration.Column... columns) {
        return migration(name, Migration.DEFAULT_MAX_DEAD_LETTERS, table, columns);
    }

    Migration migration(String name, long maxDeadLetters, TableName table, Migration.Column... columns) {
        return migration(name, maxDeadLetters, List.of(new Migration.Table(table, List.of(columns))));
    }

    Migration migration(String name, long maxDeadLetters, List<Migration.Table> tables) {
        return migration(name, SnapshotMode.INITIAL, maxDeadLetters, tables);
    }

    Migration migration(String name, SnapshotMode mode, long maxDeadLetters, List<Migration.Table> tables) {
        Migration migration = new Migration(
                name,
                new Migration.Database(postgres.jdbcUrl(), new Migration.Credentials.PasswordEnv("none", "NONE")),
                new Migration.Keys(
                        "us-west-2", List.of(Rewrites.SOURCE_KEY), Rewrites.TARGET_KEY, List.of("us-east-1"), 1000),
                Optional.empty(),
                mode,
                tables,
                maxDeadLetters);
        try (Admin admin = Admin.create(kafkaProperties())) {
            admin.createTopics(new Topics(name)
                            .all(migration.tables()).stream()
                                    .map(topic -> new NewTopic(topic.name(), partitions(topic), (short) 1)
                                            .configs(config(topic)))
                                    .toList())
                    .all()
                    .get();
            // so that nothing is written to a partition without a leader
            Topics topics = new Topics(name);
            Map<TopicPartition, OffsetSpec> latest = new HashMap<>();
            for (int partition = 0; partition < Topics.PARTITIONS; partition++) {
                latest.put(new TopicPartition(topics.journal(), partition), OffsetSpec.latest());
                latest.put(new TopicPartition(topics.sweep(), partition), OffsetSpec.latest());
            }
            await().atMost(Duration.ofSeconds(30))
                    .ignoreExceptionsInstanceOf(ExecutionException.class)
                    .until(() -> !admin.listOffsets(latest).all().get().isEmpty());
        } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException(e);
        }
        return migration;
    }

    /** As a run makes them: records may be large from the start, where a later change is not in force at once. */
    private static Map<String, String> config(Topics.Topic topic) {
        Map<String, String> config = new HashMap<>(topic.config());
        config.put("max.message.bytes", String.valueOf(Topics.LARGEST_RECORD));
        return config;
    }

    /** Change topics stay empty here: one partition is made faster. */
    private static int partitions(Topics.Topic topic) {
        return topic.name().matches("[^.]+[.](journal|sweep)") ? topic.partitions() : 1;
    }

    SinkStage stage(Migration migration) throws SQLException {
        return stage(migration, database());
    }

    /** @param database as which role the sink works; the catalog is read as superuser */
    SinkStage stage(Migration migration, Database database) throws SQLException {
        try (Connection connection = connect()) {
            List<TableLayout> layouts = Catalog.layouts(connection, migration.tables());
            return new SinkStage(migration, layouts, database, kafkaProperties());
        }
    }

    /** The database as a role of that name, which is made and may read and write the table. */
    Database as(String role, TableName table) throws SQLException {
        sql(
                "CREATE ROLE " + role + " LOGIN PASSWORD 'secret'",
                "GRANT SELECT, UPDATE ON " + table.quoted() + " TO " + role);
        return new JdbcDatabase(postgres.jdbcUrl(), () -> new DatabaseLogin(role, "secret"));
    }

    interface Work {
        void run() throws Exception;
    }

    void whileRunning(Migration migration, Work work) throws Exception {
        try (SinkStage stage = stage(migration)) {
            stage.start();
            work.run();
        }
    }

    /** Runs the sink until it has applied the whole journal. */
    void applyAll(Migration migration) throws Exception {
        try (SinkStage stage = stage(migration)) {
            stage.start();
            await().atMost(Duration.ofSeconds(60)).until(() -> stage.ended().isDone() || isApplied(migration));
            if (stage.ended().isDone()) {
                // tells why
                stage.ended().get();
            }
        }
    }

    void awaitApplied(Migration migration) {
        Topics topics = new Topics(migration.name());
        try (GroupProgress groups = new GroupProgress(kafkaProperties())) {
            await().atMost(Duration.ofSeconds(60))
                    .pollInterval(Duration.ofMillis(50))
                    .untilAsserted(() -> assertThat(
                                    groups.behind(topics.sinkGroup(), groups.ends(List.of(topics.journal()))))
                            .isEmpty());
        }
    }

    private boolean isApplied(Migration migration) {
        Topics topics = new Topics(migration.name());
        try (GroupProgress groups = new GroupProgress(kafkaProperties())) {
            return groups.behind(topics.sinkGroup(), groups.ends(List.of(topics.journal())))
                    .isEmpty();
        }
    }

    /** Waits until so many sinks share the journal. */
    void awaitMembers(Migration migration, int members) {
        String group = new Topics(migration.name()).sinkGroup();
        try (Admin admin = Admin.create(kafkaProperties())) {
            await().atMost(Duration.ofSeconds(30))
                    .until(
                            () -> admin
                                            .describeConsumerGroups(List.of(group))
                                            .describedGroups()
                                            .get(group)
                                            .get()
                                            .members()
                                            .stream()
                                            .filter(member -> !member.assignment()
                                                    .topicPartitions()
                                                    .isEmpty())
                                            .count()
                                    == members);
        }
    }

    /** Has a stopped sink's group begin at the journal's beginning again. */
    void rewind(Migration migration) throws Exception {
        Topics topics = new Topics(migration.name());
        try (Admin admin = Admin.create(kafkaProperties())) {
            Map<TopicPartition, OffsetAndMetadata> beginnings = new HashMap<>();
            for (int partition = 0; partition < Topics.PARTITIONS; partition++) {
                beginnings.put(new TopicPartition(topics.journal(), partition), new OffsetAndMetadata(0));
            }
            admin.alterConsumerGroupOffsets(topics.sinkGroup(), beginnings)
                    .all()
                    .get();
        }
    }

    static Counts outcomes(long rewritten, long superseded) {
        return Counts.NONE.with(Counter.REWRITTEN, rewritten).with(Counter.SUPERSEDED, superseded);
    }

    void journal(Migration migration, Rewrite... rewrites) {
        for (Rewrite rewrite : rewrites) {
            raw(
                    new Topics(migration.name()).journal(),
                    JournalFormat.key(rewrite.table(), rewrite.key()),
                    JournalFormat.write(rewrite));
        }
        producer.flush();
    }

    void raw(String topic, byte[] key, byte[] value) {
        producer.send(new ProducerRecord<>(topic, key, value));
    }

    void progress(Migration migration, Progress... records) {
        for (Progress record : records) {
            raw(new Topics(migration.name()).progress(), record.key(), record.value());
        }
        producer.flush();
    }

    /** Counts of a column, as the progress topic has them. */
    Counts counts(Migration migration, String column) {
        return counts(migration, migration.tables().get(0).name(), column);
    }

    Counts counts(Migration migration, TableName table, String column) {
        try (ProgressReader progress = new ProgressReader(new Topics(migration.name()).progress(), kafkaProperties())) {
            progress.readToEnd();
            return progress.counts().getOrDefault(new ProgressReader.ColumnName(table, column), Counts.NONE);
        }
    }

    /** What the newest sweep found. */
    Optional<Progress.Sweep> sweep(Migration migration) {
        try (ProgressReader progress = new ProgressReader(new Topics(migration.name()).progress(), kafkaProperties())) {
            progress.readToEnd();
            return progress.sweep();
        }
    }

    List<DeadLetter> deadLetters(Migration migration) {
        return records(new Topics(migration.name()).deadLetters()).stream()
                .map(record -> JournalFormat.readDeadLetter(record.value()))
                .toList();
    }

    /** What is committed on a topic. */
    List<ConsumerRecord<byte[], byte[]>> records(String topic) {
        Map<String, Object> config = new HashMap<>(kafkaProperties());
        config.put("isolation.level", "read_committed");
        List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = consumer.partitionsFor(topic).stream()
                    .map(partition -> new TopicPartition(topic, partition.partition()))
                    .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
                consumer.poll(Duration.ofMillis(50)).forEach(records::add);
            }
        }
        return records;
    }

    @Override
    public void close() {
        producer.close();
        postgres.close();
        kafka.close();
    }
}
