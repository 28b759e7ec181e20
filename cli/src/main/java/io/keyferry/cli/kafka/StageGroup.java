package io.keyferry.cli.kafka;

import io.keyferry.cli.configuration.StageName;
import io.keyferry.cli.terminal.UsageException;
import io.keyferry.model.KeyFerryException;
import io.keyferry.model.Migration;
import io.keyferry.model.Topics;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsOptions;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsSpec;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupIdNotFoundException;

/**
 * The consumer group of a stage, seen from outside: how far it has come, and set back. Only what the stage reads from
 * other stages is touched; what Kafka Streams keeps for itself stays as it is.
 */
public final class StageGroup implements AutoCloseable {

    /** More than the session timeout of the stages. */
    private static final int LEFT_OVER_SECONDS = 15;

    private static final int LOOK_MILLIS = 200;

    private final StageName stage;
    private final String group;
    private final Set<String> inputs;
    private final Admin admin;
    private final KafkaAnswers answers;
    private final boolean brokerIsOurs;

    private StageGroup(StageName stage, String group, Set<String> inputs, KafkaAccess kafka) {
        this.stage = stage;
        this.group = group;
        this.inputs = Set.copyOf(inputs);
        answers = new KafkaAnswers(kafka.description(), "Nothing was changed.");
        brokerIsOurs = kafka.isHosted();
        admin = Admin.create(kafka.properties());
    }

    /** @param stage the stream-processor or the sink: the snapshot has no group */
    public static StageGroup of(StageName stage, Migration migration, KafkaAccess kafka) {
        Topics topics = new Topics(migration.name());
        return stage == StageName.SINK
                ? new StageGroup(stage, topics.sinkGroup(), Set.of(topics.journal()), kafka)
                : new StageGroup(stage, topics.streamProcessorGroup(), migration.inputTopics(), kafka);
    }

    /**
     * Returns when no instance of the stage is a member.
     *
     * @throws KeyFerryException where one runs: it would go on where it is, and write that down
     */
    public void requireStopped() {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(LEFT_OVER_SECONDS);
        Set<String> hosts = memberHosts();
        // whoever was a member of the embedded broker's groups when it went down is kept for a while
        while (brokerIsOurs && !hosts.isEmpty() && System.nanoTime() < end) {
            sleep();
            hosts = memberHosts();
        }
        if (!hosts.isEmpty()) {
            throw new KeyFerryException("The " + stage.word() + " is running (group " + group + " has members on "
                    + String.join(", ", hosts) + "). Stop every `keyferry run` with that stage first; one that was"
                    + " killed is taken for dead after 10 seconds. Nothing was changed.");
        }
    }

    private static void sleep() {
        try {
            TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
        } catch (InterruptedException e) {
            throw KafkaAnswers.interrupted(e);
        }
    }

    /** Where the members of the group run, one entry a member. */
    public List<String> members() {
        try {
            return answers
                    .of(admin.describeConsumerGroups(List.of(group))
                            .describedGroups()
                            .get(group))
                    .members()
                    .stream()
                    .map(member -> member.host().replaceFirst("^/", ""))
                    .sorted()
                    .toList();
        } catch (KeyFerryException e) {
            if (e.getCause() instanceof GroupIdNotFoundException) {
                return List.of();
            }
            throw e;
        }
    }

    /** Where members of the group run. */
    public Set<String> memberHosts() {
        return new TreeSet<>(members());
    }

    /** The consumer group's name. */
    public String name() {
        return group;
    }

    /** The topics that the stage reads. */
    public Set<String> inputs() {
        return inputs;
    }

    /** What a replay from there does. */
    public ReplayPlan plan(ReplayFrom from) {
        Map<TopicPartition, Long> committed = committed();
        Map<TopicPartition, Long> earliest = offsets(committed.keySet(), OffsetSpec.earliest());
        List<ReplayPlan.Step> steps = new ArrayList<>();
        if (from instanceof ReplayFrom.Offsets offsets) {
            offsets.offsets().forEach((partition, offset) -> {
                check(partition, offset, committed, earliest);
                steps.add(new ReplayPlan.Step(partition, committed.get(partition), offset));
            });
            return new ReplayPlan(stage, group, steps);
        }
        Map<TopicPartition, Long> wanted = from instanceof ReplayFrom.DateTime since
                ? offsets(
                        committed.keySet(), OffsetSpec.forTimestamp(since.time().toEpochMilli()))
                : earliest;
        committed.forEach((partition, current) -> {
            // where nothing has been written since then, Kafka gives -1; and a replay only goes back
            long offset = wanted.get(partition) < 0 ? current : Math.min(current, wanted.get(partition));
            steps.add(new ReplayPlan.Step(
                    partition, current, Math.min(current, Math.max(offset, earliest.get(partition)))));
        });
        return new ReplayPlan(stage, group, steps);
    }

    private void check(
            TopicPartition partition,
            long offset,
            Map<TopicPartition, Long> committed,
            Map<TopicPartition, Long> earliest) {
        if (!inputs.contains(partition.topic())) {
            throw new UsageException("The " + stage.word() + " does not read topic " + partition.topic() + "; it reads "
                    + inputs.stream().sorted().collect(Collectors.joining(", ")));
        }
        Long current = committed.get(partition);
        if (current == null) {
            throw new UsageException("The " + stage.word() + " has read nothing of " + partition.topic() + ":"
                    + partition.partition() + " yet, so that there is nothing to replay");
        }
        if (offset < earliest.get(partition) || offset > current) {
            throw new UsageException("--to-offset " + partition.topic() + ":" + partition.partition() + ":" + offset
                    + " is not within what was read and is still there, offsets " + earliest.get(partition) + " to "
                    + current + ". A replay only goes back: what is passed over would be lost.");
        }
    }

    /** Only offsets that no open transaction can still change. */
    private Map<TopicPartition, Long> committed() {
        Map<TopicPartition, OffsetAndMetadata> found = answers.of(admin.listConsumerGroupOffsets(
                        Map.of(group, new ListConsumerGroupOffsetsSpec()),
                        new ListConsumerGroupOffsetsOptions().requireStable(true))
                .partitionsToOffsetAndMetadata(group));
        Map<TopicPartition, Long> committed = new HashMap<>();
        found.forEach((partition, offset) -> {
            if (offset != null && inputs.contains(partition.topic())) {
                committed.put(partition, offset.offset());
            }
        });
        return committed;
    }

    private Map<TopicPartition, Long> offsets(Set<TopicPartition> partitions, OffsetSpec spec) {
        Map<TopicPartition, Long> offsets = new HashMap<>();
        answers.of(admin.listOffsets(partitions.stream().collect(Collectors.toMap(partition -> partition, any -> spec)))
                        .all())
                .forEach((partition, found) -> offsets.put(partition, found.offset()));
        return offsets;
    }

    /** Carries a plan out; Kafka itself refuses where a member has joined meanwhile. */
    public void reset(ReplayPlan plan) {
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        plan.steps().stream()
                .filter(step -> step.records() > 0)
                .forEach(step -> offsets.put(step.partition(), new OffsetAndMetadata(step.next())));
        answers.of(admin.alterConsumerGroupOffsets(group, offsets).all());
    }

    @Override
    public void close() {
        admin.close();
    }
}
