package io.keyferry.cli.check;

import io.keyferry.cli.terminal.Figures;
import io.keyferry.model.KeyFerryException;
import io.keyferry.model.Migration;
import io.keyferry.model.Topics;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.CreateTopicsOptions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.errors.TopicExistsException;

/** Whether the brokers answer and would let us make the topics, and whether an embedded broker has room. */
final class KafkaCheck {

    private static final int ANSWER_SECONDS = 15;

    private final Migration migration;
    private final Findings findings;

    KafkaCheck(Migration migration, Findings findings) {
        this.migration = migration;
        this.findings = findings;
    }

    /**
     * @param folder the broker's, which need not be there yet
     * @param estimate of what the topics will hold
     */
    void embedded(Path folder, Supplier<Estimate> estimate) {
        if (Files.exists(folder)) {
            findings.good("kafka", "the embedded broker has its topics in " + folder + " already");
            return;
        }
        long bytes = estimate.get().topicBytes();
        try {
            FileStore store = Files.getFileStore(folder.getParent());
            String text = "the embedded broker keeps its topics in " + folder + ", where "
                    + Figures.bytes(store.getUsableSpace()) + " are free; it needs about " + Figures.bytes(bytes);
            if (store.getUsableSpace() > 2 * bytes) {
                findings.good("kafka", text);
            } else {
                findings.bad("kafka", text, "make room, or move migration.yaml to where there is some");
            }
        } catch (IOException e) {
            throw new KeyFerryException(
                    "The folder " + folder.getParent() + " cannot be looked at: " + e.getMessage(), e);
        }
    }

    /** @param estimate of what the topics will hold of one copy */
    void cluster(Map<String, Object> properties, Supplier<Estimate> estimate) throws InterruptedException {
        Migration.Kafka kafka = migration.kafka().orElseThrow();
        try (Admin admin = Admin.create(properties)) {
            int brokers = answer(admin.describeCluster().nodes()).size();
            findings.good(
                    "kafka",
                    kafka.bootstrapServers() + " answers, with " + brokers + (brokers == 1 ? " broker" : " brokers"));
            topics(admin, brokers, estimate);
        } catch (ExecutionException e) {
            findings.bad(
                    "kafka", "Kafka refuses: " + e.getCause().getMessage(), "check kafka.properties, and the ACLs");
        } catch (TimeoutException e) {
            findings.bad(
                    "kafka",
                    "Kafka at " + kafka.bootstrapServers() + " does not answer",
                    "check kafka.bootstrapServers and kafka.properties, and whether the brokers can be reached from here");
        }
    }

    /** Asks the brokers to check the making of topics, without making any. */
    private void topics(Admin admin, int brokers, Supplier<Estimate> estimate)
            throws ExecutionException, InterruptedException, TimeoutException {
        Set<String> there = answer(admin.listTopics().names());
        short copies = migration
                .kafka()
                .flatMap(Migration.Kafka::replicationFactor)
                .map(Integer::shortValue)
                .orElse((short) -1);
        List<NewTopic> missing = Topics.of(migration).stream()
                .filter(topic -> !there.contains(topic.name()))
                .map(topic -> new NewTopic(topic.name(), topic.partitions(), copies).configs(topic.config()))
                .toList();
        if (missing.isEmpty()) {
            findings.good("kafka", "its topics are there already");
            return;
        }
        // a broker of those that have the topics may be down for a while
        if (copies > brokers) {
            findings.misfit(
                    "kafka",
                    "kafka.replicationFactor is " + copies + ", and there are " + brokers + " brokers",
                    "lower it, or add brokers");
            return;
        }
        for (KafkaFuture<Void> topic : admin.createTopics(missing, new CreateTopicsOptions().validateOnly(true))
                .values()
                .values()) {
            mayBeMade(topic);
        }
        long bytes = estimate.get().topicBytes();
        String size = migration
                .kafka()
                .flatMap(Migration.Kafka::replicationFactor)
                .map(factor -> Figures.bytes(bytes * factor) + " in " + factor + " copies")
                .orElse(Figures.bytes(bytes) + " times the cluster's default replication factor");
        findings.good("kafka", missing.size() + " topics can be made; they will hold about " + size);
    }

    /** Another process of the migration may make it at the same moment. */
    private static void mayBeMade(KafkaFuture<Void> topic)
            throws ExecutionException, InterruptedException, TimeoutException {
        try {
            answer(topic);
        } catch (ExecutionException e) {
            if (!(e.getCause() instanceof TopicExistsException)) {
                throw e;
            }
        }
    }

    private static <T> T answer(KafkaFuture<T> future)
            throws ExecutionException, InterruptedException, TimeoutException {
        return future.get(ANSWER_SECONDS, TimeUnit.SECONDS);
    }
}
