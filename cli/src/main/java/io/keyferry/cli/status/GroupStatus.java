package io.keyferry.cli.status;

import io.keyferry.cli.kafka.StageGroup;
import io.keyferry.sink.GroupProgress;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;

/**
 * The consumer group of a stage.
 *
 * @param hosts where its members run, one entry a member
 * @param behind records that it has yet to read
 * @param oldest when the oldest of them was written; empty where there is none
 */
public record GroupStatus(List<String> hosts, long behind, Optional<Instant> oldest) {

    /** So few may be markers of transactions, which nobody commits past. */
    private static final long MAY_BE_MARKERS = 10;

    static GroupStatus read(StageGroup group, GroupProgress progress) {
        Map<TopicPartition, Long> ends = progress.ends(group.inputs());
        Map<TopicPartition, Long> waiting = progress.behind(group.name(), ends);
        long behind = 0;
        for (Map.Entry<TopicPartition, Long> next : waiting.entrySet()) {
            long records = ends.get(next.getKey()) - next.getValue();
            boolean markers = records <= MAY_BE_MARKERS
                    && progress.nothingLeft(next.getKey(), next.getValue(), ends.get(next.getKey()));
            behind += markers ? 0 : records;
        }
        return new GroupStatus(
                group.members(), behind, behind == 0 ? Optional.empty() : progress.oldest(waiting, ends));
    }
}
