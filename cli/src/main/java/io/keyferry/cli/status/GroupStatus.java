package io.keyferry.cli.status;

import io.keyferry.sink.GroupProgress;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupIdNotFoundException;

/**
 * The consumer group of a stage.
 *
 * @param hosts where its members run, one entry a member
 * @param behind records that it has yet to read
 */
record GroupStatus(List<String> hosts, long behind) {

    private static final int ANSWER_SECONDS = 30;
    /** So few may be markers of transactions, which nobody commits past. */
    private static final long MAY_BE_MARKERS = 10;

    static GroupStatus read(Admin admin, GroupProgress progress, String group, Collection<String> inputs) {
        Map<TopicPartition, Long> ends = progress.ends(inputs);
        long behind = 0;
        for (Map.Entry<TopicPartition, Long> next : progress.behind(group, ends).entrySet()) {
            long records = ends.get(next.getKey()) - next.getValue();
            boolean markers = records <= MAY_BE_MARKERS
                    && progress.nothingLeft(next.getKey(), next.getValue(), ends.get(next.getKey()));
            behind += markers ? 0 : records;
        }
        return new GroupStatus(hosts(admin, group), behind);
    }

    private static List<String> hosts(Admin admin, String group) {
        try {
            return admin
                    .describeConsumerGroups(List.of(group))
                    .describedGroups()
                    .get(group)
                    .get(ANSWER_SECONDS, TimeUnit.SECONDS)
                    .members()
                    .stream()
                    .map(member -> member.host().replaceFirst("^/", ""))
                    .sorted()
                    .toList();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof GroupIdNotFoundException) {
                return List.of();
            }
            throw new KafkaException(e.getCause());
        } catch (TimeoutException e) {
            throw new KafkaException("it does not answer", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new KafkaException(e);
        }
    }
}
