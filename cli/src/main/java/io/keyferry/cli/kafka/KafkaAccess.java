package io.keyferry.cli.kafka;

import io.keyferry.model.KeyFerryException;
import io.keyferry.model.Migration;
import io.keyferry.model.Topics;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.PolicyViolationException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The migration's Kafka: the user's cluster, or the embedded broker beside migration.yaml. */
public final class KafkaAccess implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(KafkaAccess.class);
    private static final int ANSWER_SECONDS = 30;

    private final Map<String, Object> properties;
    private final EmbeddedBroker embedded;

    private KafkaAccess(Map<String, Object> properties, EmbeddedBroker embedded) {
        this.properties = properties;
        this.embedded = embedded;
    }

    /** @param file migration.yaml */
    public static KafkaAccess of(Migration migration, Path file) {
        return open(migration, file.toAbsolutePath().getParent());
    }

    /** @param folder the one of migration.yaml */
    public static KafkaAccess open(Migration migration, Path folder) {
        if (migration.kafka().isPresent()) {
            Migration.Kafka kafka = migration.kafka().get();
            Map<String, Object> properties = new HashMap<>(kafka.properties());
            properties.put("bootstrap.servers", kafka.bootstrapServers());
            return new KafkaAccess(properties, null);
        }
        EmbeddedBroker broker = EmbeddedBroker.open(folder.resolve("keyferry-data"));
        return new KafkaAccess(Map.of("bootstrap.servers", broker.bootstrapServers()), broker);
    }

    /** Client properties for every Kafka client. */
    public Map<String, Object> properties() {
        return properties;
    }

    public String description() {
        return embedded == null
                ? properties.get("bootstrap.servers").toString()
                : embedded.bootstrapServers() + " (embedded broker, " + embedded.folder() + ")";
    }

    /** Whether the broker runs in this process. */
    public boolean isHosted() {
        return embedded != null && embedded.isHosted();
    }

    /** Creates the topics that are missing, and checks that those that are there can be used. */
    public void createTopics(Migration migration) {
        List<Topics.Topic> wanted = Topics.of(migration);
        ask(admin -> {
            Set<String> there = new HashSet<>(admin.listTopics().names().get(ANSWER_SECONDS, TimeUnit.SECONDS));
            if (migration.changes().isPresent()) {
                new ConnectorTopics(admin, migration).prepare(there);
            }
            List<Topics.Topic> missing = wanted.stream()
                    .filter(topic -> !there.contains(topic.name()))
                    .toList();
            for (Topics.Topic topic : missing) {
                create(admin, migration, topic);
            }
            // only those: the brokers need a moment to learn of a topic that is new
            there.retainAll(wanted.stream().map(Topics.Topic::name).toList());
            Map<String, TopicDescription> described =
                    onceKnown(() -> admin.describeTopics(there).allTopicNames());
            wanted.stream()
                    .filter(topic -> described.containsKey(topic.name()))
                    .forEach(topic -> checkPartitions(
                            topic, described.get(topic.name()).partitions().size()));
            // also of those that another process made just now
            awaitLeaders(admin, wanted);
            new TopicSettings(admin, properties.get("bootstrap.servers").toString())
                    .check(wanted.stream()
                            .filter(topic -> described.containsKey(topic.name()))
                            .toList());
        });
    }

    /** Creates one topic, if it is missing. */
    public void createTopic(Migration migration, Topics.Topic topic) {
        ask(admin -> {
            if (!admin.listTopics()
                    .names()
                    .get(ANSWER_SECONDS, TimeUnit.SECONDS)
                    .contains(topic.name())) {
                create(admin, migration, topic);
                awaitLeaders(admin, List.of(topic));
            }
        });
    }

    private interface Questions {
        void ask(Admin admin) throws ExecutionException, InterruptedException, TimeoutException;
    }

    private void ask(Questions questions) {
        try (Admin admin = Admin.create(properties)) {
            questions.ask(admin);
        } catch (ExecutionException e) {
            throw new KeyFerryException(
                    "Kafka at " + description() + " refuses: " + e.getCause().getMessage(), e.getCause());
        } catch (TimeoutException e) {
            throw KafkaAnswers.silent(description(), e);
        } catch (InterruptedException e) {
            throw KafkaAnswers.interrupted(e);
        }
    }

    private static void create(Admin admin, Migration migration, Topics.Topic topic)
            throws ExecutionException, InterruptedException, TimeoutException {
        short replication = migration
                .kafka()
                .flatMap(Migration.Kafka::replicationFactor)
                .map(Integer::shortValue)
                .orElse((short) -1);
        Map<String, String> config = new HashMap<>(topic.config());
        if (config.get("cleanup.policy").equals("delete")) {
            config.put("max.message.bytes", String.valueOf(Topics.LARGEST_RECORD));
        }
        try {
            create(admin, new NewTopic(topic.name(), topic.partitions(), replication).configs(config));
        } catch (ExecutionException e) {
            if (!(e.getCause() instanceof PolicyViolationException)
                    && !(e.getCause() instanceof InvalidConfigurationException)) {
                throw e;
            }
            log.warn(
                    "Kafka does not let topic {} have records of {} bytes, and keeps its own limit: {}",
                    topic.name(),
                    Topics.LARGEST_RECORD,
                    e.getCause().getMessage());
            create(admin, new NewTopic(topic.name(), topic.partitions(), replication).configs(topic.config()));
        }
    }

    private static void create(Admin admin, NewTopic topic)
            throws ExecutionException, InterruptedException, TimeoutException {
        try {
            admin.createTopics(List.of(topic)).all().get(ANSWER_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            // another process of this migration was faster
            if (!(e.getCause() instanceof TopicExistsException)) {
                throw e;
            }
        }
    }

    /**
     * A producer whose first batches of a partition are refused, for want of a leader, may send them in another order and
     * then be refused for that until it gives up (4.3.1, seen).
     */
    private static void awaitLeaders(Admin admin, List<Topics.Topic> topics)
            throws ExecutionException, InterruptedException, TimeoutException {
        Map<TopicPartition, OffsetSpec> partitions = new HashMap<>();
        for (Topics.Topic topic : topics) {
            for (int partition = 0; partition < topic.partitions(); partition++) {
                partitions.put(new TopicPartition(topic.name(), partition), OffsetSpec.latest());
            }
        }
        onceKnown(() -> admin.listOffsets(partitions).all());
    }

    /** What is asked of topics that are new, perhaps made by another process just now: not every broker knows them yet. */
    private static <T> T onceKnown(Supplier<KafkaFuture<T>> question)
            throws ExecutionException, InterruptedException, TimeoutException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(ANSWER_SECONDS);
        while (true) {
            try {
                return question.get().get(ANSWER_SECONDS, TimeUnit.SECONDS);
            } catch (ExecutionException e) {
                if (!(e.getCause() instanceof UnknownTopicOrPartitionException) || System.nanoTime() > end) {
                    throw e;
                }
                Thread.sleep(50);
            }
        }
    }

    private static void checkPartitions(Topics.Topic wanted, int partitions) {
        if (partitions != wanted.partitions()) {
            throw new KeyFerryException("Topic " + wanted.name() + " has " + partitions + " partitions and must have "
                    + wanted.partitions() + ". Delete it, or choose another name for the migration.");
        }
    }

    @Override
    public void close() {
        if (embedded != null) {
            embedded.close();
        }
    }
}
