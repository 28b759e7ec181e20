package io.keyferry.cli.kafka;

import io.keyferry.cli.terminal.UsageException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.TopicPartition;

/** From where a replay is to read again. */
public sealed interface ReplayFrom {

    /** All there is. */
    public record Earliest() implements ReplayFrom {}

    /** What was written to the topics from then on. */
    public record DateTime(Instant time) implements ReplayFrom {}

    /** From these offsets on, in these partitions only. */
    public record Offsets(Map<TopicPartition, Long> offsets) implements ReplayFrom {}

    /** Reads the options, of which exactly one is to be given. */
    public static ReplayFrom parse(boolean earliest, String dateTime, List<String> offsets) {
        int given = (earliest ? 1 : 0) + (dateTime == null ? 0 : 1) + (offsets.isEmpty() ? 0 : 1);
        if (given != 1) {
            throw new UsageException(
                    "say from where to replay, by one of --to-earliest, --to-datetime and --to-offset");
        }
        if (earliest) {
            return new Earliest();
        }
        return dateTime == null ? offsets(offsets) : new DateTime(instant(dateTime));
    }

    /** As kafka-consumer-groups has it: without a zone, UTC. */
    private static Instant instant(String text) {
        try {
            return OffsetDateTime.parse(text).toInstant();
        } catch (DateTimeParseException withoutZone) {
            try {
                return LocalDateTime.parse(text).toInstant(ZoneOffset.UTC);
            } catch (DateTimeParseException e) {
                throw new UsageException("--to-datetime takes a time such as 2026-01-02T03:04:05 (UTC) or"
                        + " 2026-01-02T03:04:05+01:00, not '" + text + "'");
            }
        }
    }

    private static Offsets offsets(List<String> texts) {
        Map<TopicPartition, Long> offsets = new TreeMap<>(ReplayPlan.ORDER);
        for (String text : texts) {
            String[] parts = text.split(":");
            try {
                TopicPartition partition = new TopicPartition(parts[0], Integer.parseInt(parts[1]));
                if (offsets.put(partition, Long.parseLong(parts[2])) != null) {
                    throw new UsageException("--to-offset names " + partition + " twice");
                }
            } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
                throw new UsageException("--to-offset takes TOPIC:PARTITION:OFFSET, not '" + text + "'");
            }
        }
        return new Offsets(offsets);
    }
}
