package io.keyferry.benchmark;

import io.keyferry.model.Topics;
import io.keyferry.sandbox.Sandbox;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/** How fast the sink gets through the journal, by the offsets that it commits to Kafka. Used by one thread. */
final class JournalReading implements AutoCloseable {

    private static final long LOOK_MILLIS = 20;
    /** A transaction's last offset is its marker, behind the last record. */
    private static final long MARKER = 1;

    private final Admin admin;
    private final Topics topics;

    JournalReading(Sandbox sandbox, String migration) {
        admin = Admin.create(Map.of("bootstrap.servers", sandbox.kafka().bootstrapServers()));
        topics = new Topics(migration);
    }

    /** The share of the journal that is read in a second, from the first commit until its end: 1 is all of it. */
    double sharePerSecond(KeyferryRun sink, Duration atMost) throws Exception {
        Map<TopicPartition, Long> ends = ends();
        long all = ends.values().stream().mapToLong(Long::longValue).sum();
        long first = 0;
        long begun = 0;
        while (true) {
            Map<TopicPartition, Long> committed = committed();
            long now = System.nanoTime();
            long read = committed.values().stream().mapToLong(Long::longValue).sum();
            if (begun == 0 && read > 0) {
                begun = now;
                first = read;
            }
            if (ends.keySet().stream().allMatch(part -> committed.getOrDefault(part, 0L) >= ends.get(part) - MARKER)) {
                return (read - first) / (double) all / ((now - begun) / 1e9);
            }
            sink.mustRun();
            if (sink.since().compareTo(atMost) > 0) {
                throw new BenchmarkException("the sink has read " + read + " of " + all + " records after "
                        + atMost.toSeconds() + " s; it said:\n" + sink.told());
            }
            Thread.sleep(LOOK_MILLIS);
        }
    }

    private Map<TopicPartition, Long> ends() throws ExecutionException, InterruptedException {
        Map<TopicPartition, OffsetSpec> wanted = new HashMap<>();
        for (int partition = 0; partition < Topics.PARTITIONS; partition++) {
            wanted.put(new TopicPartition(topics.journal(), partition), OffsetSpec.latest());
        }
        Map<TopicPartition, Long> ends = new HashMap<>();
        admin.listOffsets(wanted).all().get().forEach((part, end) -> ends.put(part, end.offset()));
        return ends;
    }

    private Map<TopicPartition, Long> committed() throws ExecutionException, InterruptedException {
        Map<TopicPartition, Long> committed = new HashMap<>();
        Map<TopicPartition, OffsetAndMetadata> offsets = admin.listConsumerGroupOffsets(topics.sinkGroup())
                .partitionsToOffsetAndMetadata()
                .get();
        offsets.forEach((part, offset) -> {
            if (part.topic().equals(topics.journal()) && offset != null) {
                committed.put(part, offset.offset());
            }
        });
        return committed;
    }

    @Override
    public void close() {
        admin.close();
    }
}
