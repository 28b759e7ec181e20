package io.keyferry.sink;

import io.keyferry.model.Migration;
import io.keyferry.model.Topics;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Waits until everything that was committed in the database before has gone through all three stages. Used by one thread.
 *
 * <p>Stage by stage, each looked at after the one before it is known to have passed: the slot is confirmed only after
 * Kafka has the changes, the stream-processor's offsets are committed with its rewrites, the sink's after the database.
 */
final class PipelineBarrier implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(PipelineBarrier.class);
    private static final Duration LOOK = Duration.ofMillis(50);
    /** After so many looks without an end: 1 s, and 1 min. */
    private static final int STUCK = 20;

    private static final int TELL = 1200;

    private final Topics topics;
    private final StreamedSlot slot;
    private final Set<String> inputs;
    private final GroupProgress groups;
    private final Pause pause;
    private Duration waited = Duration.ZERO;

    PipelineBarrier(Migration migration, Map<String, Object> kafka, Pause pause) {
        topics = new Topics(migration.name());
        slot = StreamedSlot.of(migration);
        inputs = migration.inputTopics();
        groups = new GroupProgress(kafka);
        this.pause = pause;
    }

    void await(Connection connection) throws SQLException {
        String now = now(connection);
        for (int looks = 1; !slot.hasPassed(connection, now); looks++) {
            if (looks % TELL == 0) {
                tell(slot.waitingFor(connection, now));
            }
            rest();
        }
        Map<TopicPartition, Long> fedIn;
        do {
            Map<TopicPartition, Long> ends = groups.ends(inputs);
            fedIn = onSweep(ends);
            awaitGroup("stream-processor", topics.streamProcessorGroup(), ends);
            awaitGroup("sink", topics.sinkGroup(), groups.ends(Set.of(topics.journal())));
            // the sink feeds rows in again whose values a change left out: these go round once more
        } while (!fedIn.equals(onSweep(groups.ends(inputs))));
    }

    private Map<TopicPartition, Long> onSweep(Map<TopicPartition, Long> ends) {
        return ends.entrySet().stream()
                .filter(end -> end.getKey().topic().equals(topics.sweep()))
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    }

    private static void tell(String what) {
        log.warn("The sweep has been waiting for a minute for {}", what);
    }

    private void rest() {
        pause.awaitResumed();
        pause.sleep(LOOK);
        waited = waited.plus(LOOK);
    }

    /** How long it has waited so far, all in all. */
    Duration waited() {
        return waited;
    }

    /** The insert position: a commit that is not flushed yet is visible to readers, and lies before it. */
    private static String now(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(
                        "SELECT CASE WHEN NOT pg_is_in_recovery() THEN pg_current_wal_insert_lsn()::text END")) {
            row.next();
            if (row.getString(1) == null) {
                // after a failover; another connection may lead to the primary
                throw new SQLException("the server is a standby", "25006");
            }
            return row.getString(1);
        }
    }

    private void awaitGroup(String stage, String group, Map<TopicPartition, Long> ends) {
        for (int looks = 1; ; looks++) {
            Map<TopicPartition, Long> behind = groups.behind(group, ends);
            if (looks % STUCK == 0) {
                behind.entrySet()
                        .removeIf(next -> groups.nothingLeft(next.getKey(), next.getValue(), ends.get(next.getKey())));
            }
            if (behind.isEmpty()) {
                return;
            }
            if (looks % TELL == 0) {
                tell("the " + stage + " to have read " + behind.keySet());
            }
            rest();
        }
    }

    @Override
    public void close() {
        groups.close();
    }
}
