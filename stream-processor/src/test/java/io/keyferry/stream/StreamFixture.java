package io.keyferry.stream;

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
import java.util.function.BiFunction;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
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

    final SandboxKafka kafka = SandboxKafka.start(0, null);
    final LocalKms localKms = LocalKms.start(0, null);
    final KmsAsyncClient client;
    final String sourceKey;
    final String otherSourceKey;
    final String foreignKey;
    final String targetKey;
    private final AwsCredentialsProvider credentials =
            StaticCredentialsProvider.create(AwsBasicCredentials.create("test", "test"));
    private final Producer<byte[], byte[]> producer;

    StreamFixture() {
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
                Map.of("bootstrap.servers", kafka.bootstrapServers()),
                new ByteArraySerializer(),
                new ByteArraySerializer());
    }

    Map<String, Object> kafkaProperties() {
        return Map.of("bootstrap.servers", kafka.bootstrapServers());
    }

    /** A migration of its own name, with its topics. */
    Migration migration(String name, long maxDeadLetters) {
        Migration.Column ssn = new Migration.Column(
                "ssn",
                Encoding.BASE64,
                ContextTemplate.parse(new LinkedHashMap<>(Map.of("customer_id", "{id}", "tenant", "{tenant}"))));
        Migration.Column card = new Migration.Column("card", Encoding.RAW, ContextTemplate.NONE);
        Migration migration = new Migration(
                name,
                new Migration.Database(
                        "jdbc:postgresql://localhost/none", new Migration.Credentials.PasswordEnv("none", "NONE")),
                new Migration.Keys(REGION, List.of(sourceKey, otherSourceKey), targetKey, List.of("us-east-1"), 20_000),
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
        } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException(e);
        }
        return migration;
    }

    KmsConnection kms() {
        return KeyServices.open(
                new KmsAccess(REGION, Optional.of(localKms.endpoint()), Optional.of(credentials)),
                20_000,
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
        return new StreamProcessorStage(migration, List.of(layout), kms.service(), new KeyRing(), kafkaProperties());
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
        String after =
                "{\"id\":" + id + ",\"tenant\":\"acme\",\"ssn\":" + quoted(ssn) + ",\"card\":" + quoted(card) + "}";
        raw(
                migration,
                "{\"id\":" + id + "}",
                "{\"op\":\"" + operation + "\",\"before\":null,\"after\":" + after
                        + ",\"source\":{\"schema\":\"public\",\"table\":\"customers\",\"snapshot\":\"false\",\"lsn\":7,"
                        + "\"txId\":771,\"ts_ms\":1767319446678,\"ts_us\":1767319446678901}}");
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

    List<Rewrite> journal(Migration migration) {
        return read(new Topics(migration.name()).journal(), (key, value) -> JournalFormat.readRewrite(value));
    }

    List<DeadLetter> deadLetters(Migration migration) {
        return read(new Topics(migration.name()).deadLetters(), (key, value) -> JournalFormat.readDeadLetter(value));
    }

    /** Counts of a column, all parts together. */
    io.keyferry.model.Counts counts(Migration migration, String column) {
        Map<String, Progress.ColumnCounts> newest = new HashMap<>();
        for (Progress progress : read(new Topics(migration.name()).progress(), Progress::read)) {
            if (progress instanceof Progress.ColumnCounts counts
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
