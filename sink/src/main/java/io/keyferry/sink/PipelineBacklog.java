package io.keyferry.sink;

import io.keyferry.model.Migration;
import io.keyferry.model.Topics;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/**
 * How many records the stream-processor and the sink have yet to commit, markers of transactions and what was aborted
 * included. It is asked many times a second, so what hardly ever changes is kept for a while: which partitions there are,
 * and where they begin. Used by one thread.
 */
final class PipelineBacklog implements FeedingWindow.Backlog {

    private static final long KEPT = Duration.ofSeconds(10).toNanos();

    private final GroupProgress groups;
    private final LongSupplier nanos;
    /** By group. */
    private final Map<String, Set<String>> topics;
    /** What was trimmed before them will not be read, and never committed where nothing follows it. */
    private Map<TopicPartition, Long> begins = Map.of();

    private long begun;

    /** Live changes count too: where the pipeline does not keep up with them, rows that were there before can wait. */
    PipelineBacklog(Migration migration, GroupProgress groups, LongSupplier nanos) {
        this.groups = groups;
        this.nanos = nanos;
        Topics names = new Topics(migration.name());
        topics = Map.of(
                names.streamProcessorGroup(), migration.inputTopics(), names.sinkGroup(), Set.of(names.journal()));
    }

    @Override
    public long count(boolean closely) {
        if (begins.isEmpty() || nanos.getAsLong() - begun > KEPT) {
            Set<String> all = topics.values().stream().flatMap(Set::stream).collect(Collectors.toSet());
            begins = groups.offsets(groups.partitions(all), OffsetSpec.earliest());
            begun = nanos.getAsLong();
        }
        Map<TopicPartition, Long> ends = groups.offsets(begins.keySet(), OffsetSpec.latest());
        Map<String, Map<TopicPartition, OffsetAndMetadata>> committed = groups.committed(topics.keySet());
        return topics.entrySet().stream()
                .mapToLong(group -> backlog(group.getValue(), committed.get(group.getKey()), ends, closely))
                .sum();
    }

    private long backlog(
            Set<String> of,
            Map<TopicPartition, OffsetAndMetadata> committed,
            Map<TopicPartition, Long> ends,
            boolean closely) {
        long sum = 0;
        for (Map.Entry<TopicPartition, Long> end : ends.entrySet()) {
            TopicPartition partition = end.getKey();
            if (of.contains(partition.topic())) {
                OffsetAndMetadata offset = committed.get(partition);
                long next = Math.max(begins.get(partition), offset == null ? 0 : offset.offset());
                if (next < end.getValue() && !(closely && groups.nothingLeft(partition, next, end.getValue()))) {
                    sum += end.getValue() - next;
                }
            }
        }
        return sum;
    }
}
