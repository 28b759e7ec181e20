package io.keyferry.cli.undo;

import io.keyferry.cli.kafka.KafkaAccess;
import io.keyferry.cli.steering.ControlWatch;
import io.keyferry.cli.terminal.Interruption;
import io.keyferry.database.Database;
import io.keyferry.model.KeyFerryException;
import io.keyferry.model.Migration;
import io.keyferry.model.Topics;
import io.keyferry.sink.GroupProgress;
import io.keyferry.sink.SinkSessions;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.TopicPartition;

/**
 * Waits until the stages of a paused migration stand still, wherever they run: nothing comes onto the journal, no offset
 * is committed, and no sink has a statement or a transaction under way, for longer than an instance needs to hear of a
 * pause. An instance that is slower than that does no harm: it moves values again that were put back, as it will anyway.
 */
final class StandingStages {

    private static final int LOOK_MILLIS = 500;
    private static final int QUIET_LOOKS = 6;
    private static final int PATIENCE_SECONDS = 60;

    private final Topics topics;
    private final Database database;
    private final KafkaAccess kafka;

    StandingStages(Migration migration, Database database, KafkaAccess kafka) {
        topics = new Topics(migration.name());
        this.database = database;
        this.kafka = kafka;
    }

    /**
     * Returns when they do.
     *
     * @return false where somebody interrupts it
     * @throws KeyFerryException where they do not, or where somebody resumes the migration meanwhile
     */
    boolean await(ControlWatch control, Interruption interruption) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        try (GroupProgress groups = new GroupProgress(kafka.properties());
                Connection connection = database.connect("undo")) {
            List<Map<TopicPartition, Long>> before = List.of();
            int quiet = 0;
            while (quiet < QUIET_LOOKS) {
                if (interruption.await(LOOK_MILLIS)) {
                    return false;
                }
                List<Map<TopicPartition, Long>> now = positions(groups);
                boolean still = now.equals(before) && !SinkSessions.isAnyAtWork(connection, topics.slot());
                // the watch hears of our own pause a moment after it was written
                quiet = still && control.now().isPaused() ? quiet + 1 : 0;
                before = now;
                if (quiet == 0 && System.nanoTime() > end) {
                    throw new KeyFerryException("The stages do not stand still, " + PATIENCE_SECONDS + " s after the"
                            + " migration was paused" + (control.now().isPaused() ? "" : ", which somebody has resumed")
                            + ". Stop every `keyferry run`, and undo again. Nothing was undone.");
                }
            }
            return true;
        } catch (SQLException e) {
            throw new KeyFerryException(
                    "The database at " + database.address() + " cannot be used: " + e.getMessage()
                            + ". Nothing was undone.",
                    e);
        }
    }

    private List<Map<TopicPartition, Long>> positions(GroupProgress groups) {
        Map<TopicPartition, Long> ends = groups.ends(Set.of(topics.journal()));
        return List.of(ends, groups.behind(topics.sinkGroup(), ends));
    }
}
