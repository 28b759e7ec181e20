package io.keyferry.cli.kafka;

import io.keyferry.cli.terminal.UsageException;
import io.keyferry.model.Migration;
import io.keyferry.model.Topics;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupNotEmptyException;
import org.apache.kafka.common.errors.UnknownMemberIdException;

/** The topics that the user's own connector fills: neither made nor altered, but given a place from which to read. */
public final class ConnectorTopics {

    private static final int ANSWER_SECONDS = 30;

    private final Admin admin;
    private final Migration migration;
    private final Set<String> topics = new TreeSet<>();

    public ConnectorTopics(Admin admin, Migration migration) {
        this.admin = admin;
        this.migration = migration;
        migration.tables().forEach(table -> topics.add(migration.changeTopic(table.name())));
    }

    /**
     * Checks that they are there, and has the stream-processor begin at their ends as they are now: what they hold already
     * is in the tables too, which are read after this, or has been overwritten there.
     *
     * @param there all topics of the cluster
     * @throws UsageException naming every topic that is missing
     */
    public void prepare(Set<String> there) throws ExecutionException, InterruptedException, TimeoutException {
        Set<String> missing = new TreeSet<>(topics);
        missing.removeAll(there);
        if (!missing.isEmpty()) {
            throw new UsageException("Topics that your connector fills are not there: " + String.join(", ", missing)
                    + ". See that changes.topicPrefix is its topic.prefix, that its table.include.list has the tables,"
                    + " and name under changes.topics those that it writes to other topics. A connector makes a topic"
                    + " with its first change: where there has been none, make it yourself");
        }
        Map<TopicPartition, OffsetSpec> unread = new HashMap<>();
        partitions().forEach(partition -> unread.put(partition, OffsetSpec.latest()));
        String group = new Topics(migration.name()).streamProcessorGroup();
        unread.keySet().removeAll(committed(group).keySet());
        if (!unread.isEmpty()) {
            beginAtEnds(group, unread);
        }
    }

    private List<TopicPartition> partitions() throws ExecutionException, InterruptedException, TimeoutException {
        return admin.describeTopics(topics).allTopicNames().get(ANSWER_SECONDS, TimeUnit.SECONDS).values().stream()
                .flatMap(topic -> topic.partitions().stream()
                        .map(partition -> new TopicPartition(topic.name(), partition.partition())))
                .toList();
    }

    private Map<TopicPartition, OffsetAndMetadata> committed(String group)
            throws ExecutionException, InterruptedException, TimeoutException {
        return admin.listConsumerGroupOffsets(group)
                .partitionsToOffsetAndMetadata()
                .get(ANSWER_SECONDS, TimeUnit.SECONDS);
    }

    private void beginAtEnds(String group, Map<TopicPartition, OffsetSpec> unread)
            throws ExecutionException, InterruptedException, TimeoutException {
        Map<TopicPartition, OffsetAndMetadata> ends = new HashMap<>();
        admin.listOffsets(unread)
                .all()
                .get(ANSWER_SECONDS, TimeUnit.SECONDS)
                .forEach((partition, end) -> ends.put(partition, new OffsetAndMetadata(end.offset())));
        try {
            admin.alterConsumerGroupOffsets(group, ends).all().get(ANSWER_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            // a stream-processor of this migration runs already, and has its place from its own start
            if (!(e.getCause() instanceof UnknownMemberIdException)
                    && !(e.getCause() instanceof GroupNotEmptyException)) {
                throw e;
            }
        }
    }
}
