package io.keyferry.cli.kafka;

import io.keyferry.cli.terminal.UsageException;
import io.keyferry.model.KeyFerryException;
import io.keyferry.model.Migration;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** The migration's Kafka as a command finds it that makes no topics, and perhaps removes some. */
public final class ExistingKafka implements AutoCloseable {

    private final KafkaAccess access;
    private final Admin admin;
    private final KafkaAnswers answers;

    private ExistingKafka(KafkaAccess access) {
        this.access = access;
        admin = Admin.create(access.properties());
        answers = new KafkaAnswers(access.description(), "");
    }

    /** The folder of the embedded broker. */
    public static Path folder(Path file) {
        return file.toAbsolutePath().getParent().resolve("keyferry-data");
    }

    /** Whether there is a Kafka to look at: an embedded broker has a folder once it has run. */
    public static boolean isThere(Migration migration, Path file) {
        return migration.kafka().isPresent() || Files.exists(folder(file));
    }

    /**
     * Opens it.
     *
     * @param file migration.yaml
     * @throws UsageException where the migration has not run yet
     */
    public static ExistingKafka open(Migration migration, Path file) {
        if (!isThere(migration, file)) {
            throw new UsageException(
                    "there is no keyferry-data beside " + file + ": the migration has not run yet, or runs elsewhere");
        }
        KafkaAccess access = KafkaAccess.of(migration, file);
        try {
            return new ExistingKafka(access);
        } catch (RuntimeException e) {
            access.close();
            throw e;
        }
    }

    public KafkaAccess access() {
        return access;
    }

    /** The names of all topics, without Kafka's own. */
    public Set<String> topics() {
        return new TreeSet<>(answers.of(admin.listTopics().names()));
    }

    /** @throws UsageException where one of the topics is missing, because the migration has not run yet */
    public void require(String... topics) {
        Set<String> missing = new TreeSet<>(List.of(topics));
        missing.removeAll(topics());
        if (!missing.isEmpty()) {
            throw new UsageException("Kafka at " + access.description() + " has no topic " + String.join(", ", missing)
                    + ": the migration has not run yet, or has been cleaned up");
        }
    }

    /** Those of the groups that are there. */
    public Set<String> groups(Collection<String> wanted) {
        Set<String> there = new TreeSet<>();
        answers.of(admin.listGroups().all()).forEach(group -> there.add(group.groupId()));
        there.retainAll(wanted);
        return there;
    }

    /** Deletes groups; one that is gone already is no matter. */
    public void deleteGroups(Collection<String> groups) {
        admin.deleteConsumerGroups(groups)
                .deletedGroups()
                .values()
                .forEach(group -> gone(group, GroupIdNotFoundException.class));
    }

    /** Deletes topics; one that is gone already is no matter. */
    public void deleteTopics(Collection<String> topics) {
        Map<String, KafkaFuture<Void>> deleted = admin.deleteTopics(topics).topicNameValues();
        deleted.values().forEach(topic -> gone(topic, UnknownTopicOrPartitionException.class));
    }

    private void gone(KafkaFuture<Void> future, Class<? extends Exception> already) {
        try {
            answers.of(future);
        } catch (KeyFerryException e) {
            if (!already.isInstance(e.getCause())) {
                throw e;
            }
        }
    }

    @Override
    public void close() {
        try (access) {
            admin.close();
        }
    }
}
