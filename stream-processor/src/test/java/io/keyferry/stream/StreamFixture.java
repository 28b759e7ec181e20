package io.keyferry.stream;

import static org.awaitility.Awaitility.await;

import io.keyferry.kms.KeyServices;
import io.keyferry.kms.KmsAccess;
import io.keyferry.kms.KmsConnection;
import io.keyferry.kms.RetryListener;
import io.keyferry.kms.Trouble;
import io.keyferry.model.ContextTemplate;
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
import io.keyferry.sandbox.kms.LocalKms;
import io.keyferry.servers.Servers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.function.BiFunction;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.kms.KmsAsyncClient;

/** A broker and a local KMS, with changes of one table to write and results to read. */
final class StreamFixture implements AutoCloseable {

    static final TableName CUSTOMERS = new TableName("public", "customers");
    private static final String REGION = "us-west-2";

    final SandboxKafka kafka;
    final LocalKms localKms = LocalKms.start(0, null);
    final KmsAsyncClient client;
    final String sourceKey;
    final String otherSourceKey;
    final String foreignKey;
    final String targetKey;
    private final AwsCredentialsProvider credentials =
            StaticCredentialsProvider.create(AwsBasicCredentials.create("test", "test"));
    private final Producer<byte[], byte[]> producer;
    private final Map<String, Object> kafkaProperties;

    StreamFixture() {
        this(Servers.kafka(), Map.of());
    }

    /** @param kafkaProperties of clients, besides or in place of the broker's own address */
    StreamFixture(SandboxKafka kafka, Map<String, Object> kafkaProperties) {
        this.kafka = kafka;
        Map<String, Object> properties = new HashMap<>(Map.of("bootstrap.servers", kafka.bootstrapServers()));
        properties.putAll(kafkaProperties);
        this.kafkaProperties = Map.copyOf(properties);
        sourceKey = localKms.provisioning().key(REGION, "alias/source");
        otherSourceKey = localKms.provisioning().key(REGION, "alias/other-source");
        foreignKey = localKms.provisioning().key(REGION, "alias/foreign");
        targetKey = localKms.provisioning().multiRegionKey(REGION, "alias/target", "us-east-1");
        client = KmsAsyncClient.builder()
                .endpointOverride(localKms.endpoint())
                .credentialsProvider(credentials)
                .region(Region.of(REGION))
                .build();
        producer = new KafkaProducer<>(
                Map.of(
                        "bootstrap.servers",
                        kafka.bootstrapServers(),
                        "max.request.size",
                        Topics.LARGEST_REQUEST,
                        "buffer.memory",
                        (long) Topics.LARGEST_REQUEST),
                new ByteArraySerializer(),
                new ByteArraySerializer());
    }

    Map<String, Object> kafkaProperties() {
        return kafkaProperties;
    }

    /** A migration of its own name, with its topics. */
    Migration migration(String name, long maxDeadLetters) {
        return migration(name, maxDeadLetters, 20_000);
    }

    Migration migration(String name, long maxDeadLetters, int maxRequestsPerSecond) {
        Migration.Column ssn = new Migration.Column(
                "ssn",
                Encoding.BASE64,
                ContextTemplate.parse(new LinkedHashMap<>(Map.of("customer_id", "{id}", "tenant", "{tenant}"))));
        Migration.Column card = new Migration.Column("card", Encoding.RAW, ContextTemplate.NONE);
        Migration migration = new Migration(
                name,
                new Migration.Database(
                        "jdbc:postgresql://localhost/none", new Migration.Credentials.PasswordEnv("none", "NONE")),
                new Migration.Keys(
                        REGION,
                        List.of(sourceKey, otherSourceKey),
                        targetKey,
                        List.of("us-east-1"),
                        maxRequestsPerSecond),
                Optional.empty(),
                SnapshotMode.DEFAULT,
                List.of(new Migration.Table(CUSTOMERS, List.of(ssn, card))),
                maxDeadLetters);
        try (Admin admin = Admin.create(kafkaProperties())) {
            admin.createTopics(new Topics(name)
                            .all(migration.tables()).stream()
                                    .map(topic -> new NewTopic(topic.name(), topic.partitions(), (short) 1)
                                            .configs(topic.config()))
                                    .toList())
                    .all()
                    .get();
            // so that nothing is written to a partition without a leader
            await().atMost(Duration.ofSeconds(30))
                    .ignoreExceptionsInstanceOf(ExecutionException.class)
                    .until(() -> !inputEnds(admin, migration).isEmpty());
        } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException(e);
        }
        return migration;
    }

    /** The same, which compares before it writes. */
    Migration verifying(String name) {
        Migration migration = migration(name, Long.MAX_VALUE);
        return new Migration(
                migration.name(),
                migration.database(),
                migration.keys(),
                migration.kafka(),
                migration.snapshot(),
                migration.tables(),
                migration.maxDeadLetters(),
                migration.http(),
                migration.changes(),
                migration.limits(),
                true,
                migration.retirement());
    }

    KmsConnection kms() {
        return kms(20_000);
    }

    KmsConnection kms(int maxRequestsPerSecond) {
        return KeyServices.open(
                new KmsAccess(REGION, Optional.of(localKms.endpoint()), Optional.of(credentials)),
                maxRequestsPerSecond,
                new RetryListener() {
                    @Override
                    public void retrying(Trouble trouble) {
                        // told by the assertions' outcome
                    }

                    @Override
                    public void recovered(Trouble trouble) {
                        // told by the assertions' outcome
                    }
                });
    }

    StreamProcessorStage stage(Migration migration, KmsConnection kms) {
        TableLayout layout = TableLayout.of(
                CUSTOMERS,
                List.of("id"),
                List.of(
                        new TableLayout.Column("id", "bigint"),
                        new TableLayout.Column("tenant", "text"),
                        new TableLayout.Column("ssn", "text"),
                        new TableLayout.Column("card", "bytea")));
        return new StreamProcessorStage(
                migration, List.of(layout), kms.service(), new KeyRing(), kafkaProperties(), kms::share);
    }

    byte[] encrypt(String key, String plaintext, Map<String, String> context) {
        return client.encrypt(request -> request.keyId(key)
                        .plaintext(SdkBytes.fromUtf8String(plaintext))
                        .encryptionContext(context))
                .join()
                .ciphertextBlob()
                .asByteArray();
    }

    String decrypt(String key, byte[] ciphertext, Map<String, String> context) {
        return client.decrypt(request -> request.keyId(key)
                        .ciphertextBlob(SdkBytes.fromByteArray(ciphertext))
                        .encryptionContext(context))
                .join()
                .plaintext()
                .asUtf8String();
    }

    static Map<String, String> ssnContext(long id) {
        return Map.of("customer_id", String.valueOf(id), "tenant", "acme");
    }

    /** The column as Debezium has it, JSON without quotes; null for NULL. */
    String ssn(String key, long id, String plaintext) {
        return Base64.getEncoder().encodeToString(encrypt(key, plaintext, ssnContext(id)));
    }

    void change(Migration migration, String operation, long id, String ssn, String card) {
        raw(migration, "{\"id\":" + id + "}", changeValue(operation, id, ssn, card));
    }

    /** A change as Debezium writes it. */
    String changeValue(String operation, long id, String ssn, String card) {
        String after =
                "{\"id\":" + id + ",\"tenant\":\"acme\",\"ssn\":" + quoted(ssn) + ",\"card\":" + quoted(card) + "}";
        return "{\"op\":\"" + operation + "\",\"before\":null,\"after\":" + after
                + ",\"source\":{\"schema\":\"public\",\"table\":\"customers\",\"snapshot\":\"false\",\"lsn\":7,"
                + "\"txId\":771,\"ts_ms\":1767319446678,\"ts_us\":1767319446678901}}";
    }

    private static String quoted(String text) {
        return text == null ? "null" : "\"" + text + "\"";
    }

    void raw(Migration migration, String key, String value) {
        producer.send(new ProducerRecord<>(
                new Topics(migration.name()).changes(CUSTOMERS),
                key.getBytes(StandardCharsets.UTF_8),
                value.getBytes(StandardCharsets.UTF_8)));
    }

    /** Has a stopped stage's group begin at the beginning of its topics again. */
    void rewind(Migration migration) throws InterruptedException, ExecutionException {
        try (Admin admin = Admin.create(kafkaProperties())) {
            Map<TopicPartition, OffsetAndMetadata> beginnings = new HashMap<>();
            inputEnds(admin, migration).keySet().forEach(input -> beginnings.put(input, new OffsetAndMetadata(0)));
            admin.alterConsumerGroupOffsets(new Topics(migration.name()).streamProcessorGroup(), beginnings)
                    .all()
                    .get();
        }
    }

    /** Waits until the stage has committed all that is there for it to read. */
    void awaitProcessed(Migration migration) {
        producer.flush();
        String group = new Topics(migration.name()).streamProcessorGroup();
        try (Admin admin = Admin.create(kafkaProperties())) {
            await().atMost(Duration.ofSeconds(60))
                    .pollInterval(Duration.ofMillis(50))
                    .until(() -> {
                        Map<TopicPartition, OffsetAndMetadata> committed = admin.listConsumerGroupOffsets(group)
                                .partitionsToOffsetAndMetadata()
                                .get();
                        return inputEnds(admin, migration).entrySet().stream()
                                .allMatch(end -> end.getValue() == 0
                                        || committed.get(end.getKey()) != null
                                                && committed.get(end.getKey()).offset() >= end.getValue());
                    });
        }
    }

    private static Map<TopicPartition, Long> inputEnds(Admin admin, Migration migration)
            throws InterruptedException, ExecutionException {
        Topics topics = new Topics(migration.name());
        Map<TopicPartition, OffsetSpec> latest = new HashMap<>();
        for (int partition = 0; partition < Topics.PARTITIONS; partition++) {
            latest.put(new TopicPartition(topics.changes(CUSTOMERS), partition), OffsetSpec.latest());
            latest.put(new TopicPartition(topics.sweep(), partition), OffsetSpec.latest());
        }
        Map<TopicPartition, Long> ends = new HashMap<>();
        admin.listOffsets(latest).all().get().forEach((partition, end) -> ends.put(partition, end.offset()));
        return ends;
    }

    /** Writes to one partition, and says where it will be. */
    Future<RecordMetadata> send(String topic, int partition, byte[] key, byte[] value) {
        return producer.send(new ProducerRecord<>(topic, partition, key, value));
    }

    void allowRecordsOf(String topic, int bytes) throws InterruptedException, ExecutionException {
        try (Admin admin = Admin.create(kafkaProperties())) {
            ConfigEntry size = new ConfigEntry("max.message.bytes", String.valueOf(bytes));
            admin.incrementalAlterConfigs(Map.of(
                            new ConfigResource(ConfigResource.Type.TOPIC, topic),
                            List.of(new AlterConfigOp(size, AlterConfigOp.OpType.SET))))
                    .all()
                    .get();
        }
    }

    List<Rewrite> journal(Migration migration) {
        return read(new Topics(migration.name()).journal(), (key, value) -> JournalFormat.readRewrite(value));
    }

    List<DeadLetter> deadLetters(Migration migration) {
        return read(new Topics(migration.name()).deadLetters(), (key, value) -> JournalFormat.readDeadLetter(value));
    }

    /** Counts of a column, all parts together. */
    io.keyferry.model.Counts counts(Migration migration, String column) {
        return counts(new Topics(migration.name()).progress(), column);
    }

    /** The same as it was committed with the offsets; the progress topic is told a moment later. */
    io.keyferry.model.Counts committedCounts(Migration migration, String column) {
        return counts(new Topics(migration.name()).streamProcessorGroup() + "-counts-changelog", column);
    }

    private io.keyferry.model.Counts counts(String topic, String column) {
        Map<String, Progress.ColumnCounts> newest = new HashMap<>();
        for (Optional<Progress> progress :
                read(topic, (key, value) -> Optional.ofNullable(value).map(set -> Progress.read(key, set)))) {
            if (progress.orElse(null) instanceof Progress.ColumnCounts counts
                    && counts.column().equals(column)) {
                newest.put(new String(counts.key(), StandardCharsets.UTF_8), counts);
            }
        }
        return newest.values().stream()
                .map(Progress.ColumnCounts::counts)
                .reduce(io.keyferry.model.Counts.NONE, io.keyferry.model.Counts::plus);
    }

    private <T> List<T> read(String topic, BiFunction<byte[], byte[], T> format) {
        Map<String, Object> config = new HashMap<>(kafkaProperties());
        config.put("isolation.level", "read_committed");
        List<T> records = new ArrayList<>();
        try (Consumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = consumer.partitionsFor(topic).stream()
                    .map(partition -> new TopicPartition(topic, partition.partition()))
                    .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(100))) {
                    records.add(format.apply(record.key(), record.value()));
                }
            }
        }
        return records;
    }

    @Override
    public void close() {
        producer.close();
        client.close();
        localKms.close();
        kafka.close();
    }
}
