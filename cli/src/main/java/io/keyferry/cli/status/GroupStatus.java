package io.keyferry.cli.status;

import io.keyferry.cli.kafka.StageGroup;
import io.keyferry.sink.GroupProgress;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;

/**
 * The consumer group of a stage.
 *
 * @param hosts where its members run, one entry a member
 * @param behind records that it has yet to read
 */
public record GroupStatus(List<String> hosts, long behind) {

    /** So few may be markers of transactions, which nobody commits past. */
    private static final long MAY_BE_MARKERS = 10;

    static GroupStatus read(StageGroup group, GroupProgress progress) {
        Map<TopicPartition, Long> ends = progress.ends(group.inputs());
        long behind = 0;
        for (Map.Entry<TopicPartition, Long> next :
                progress.behind(group.name(), ends).entrySet()) {
            long records = ends.get(next.getKey()) - next.getValue();
            boolean markers = records <= MAY_BE_MARKERS
                    && progress.nothingLeft(next.getKey(), next.getValue(), ends.get(next.getKey()));
            behind += markers ? 0 : records;
        }
        return new GroupStatus(group.members(), behind);
    }
}
