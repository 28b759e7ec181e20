package io.keyferry.cli.kafka;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.keyferry.cli.configuration.StageName;
import io.keyferry.cli.terminal.Console;
import io.keyferry.cli.terminal.Figures;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.apache.kafka.common.TopicPartition;

/** What a replay does: the partitions in which a stage goes back, and how far. */
public record ReplayPlan(StageName stage, String group, List<Step> steps) {

    static final Comparator<TopicPartition> ORDER =
            Comparator.comparing(TopicPartition::topic).thenComparing(TopicPartition::partition);

    /**
     * One partition.
     *
     * @param current the offset at which the stage would go on
     * @param next the one at which it is to go on, which is not behind it
     */
    public record Step(TopicPartition partition, long current, long next) {

        /** Records that are read again, at the most: markers of transactions have offsets too. */
        long records() {
            return current - next;
        }
    }

    public ReplayPlan {
        List<Step> sorted = new ArrayList<>(steps);
        sorted.sort(Comparator.comparing(Step::partition, ORDER));
        steps = List.copyOf(sorted);
    }

    public long records() {
        return steps.stream().mapToLong(Step::records).sum();
    }

    public boolean isEmpty() {
        return records() == 0;
    }

    /** For people: a line a partition that goes back. */
    public void print(Console console) {
        steps.stream()
                .filter(step -> step.records() > 0)
                .forEach(step -> console.line("  %s:%d   offset %d -> %d   %s records again"
                        .formatted(
                                step.partition().topic(),
                                step.partition().partition(),
                                step.current(),
                                step.next(),
                                Figures.count(step.records()))));
        console.line("  " + stage.word() + " reads up to " + Figures.count(records()) + " records again"
                + (stage == StageName.STREAM_PROCESSOR
                        ? ", with a KMS request for every value under a source key"
                        : ", without a KMS request"));
    }

    /** @param reset whether it has been carried out */
    public ObjectNode json(boolean reset) {
        ObjectNode node = JsonNodeFactory.instance
                .objectNode()
                .put("stage", stage.word())
                .put("group", group)
                .put("reset", reset)
                .put("records", records());
        ArrayNode partitions = node.putArray("partitions");
        steps.forEach(step -> partitions
                .addObject()
                .put("topic", step.partition().topic())
                .put("partition", step.partition().partition())
                .put("currentOffset", step.current())
                .put("newOffset", step.next())
                .put("records", step.records()));
        return node;
    }
}
