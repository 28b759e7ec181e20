package io.keyferry.sink;

import io.keyferry.model.Migration;
import io.keyferry.model.Progress;
import io.keyferry.model.TableName;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells since when the changes of each table are streamed, where a connector of the user's own streams them and there is no
 * snapshot stage to tell. Used by one thread, in the instance that holds the sweep lock.
 *
 * <p>The slot is there by then, and the stream-processor's place on the topics has been set before a stage was started. So
 * what is committed before is there to be read, and what is committed after is in the stream.
 */
final class ConnectorStream {

    private static final Logger log = LoggerFactory.getLogger(ConnectorStream.class);

    private final StreamedSlot slot;
    private final Set<TableName> tables;
    private final ProgressReader progress;
    private final String progressTopic;
    private final Consumer<List<ProducerRecord<byte[], byte[]>>> feed;
    private boolean missed;

    ConnectorStream(SweepPass.Parts parts, String progressTopic) {
        Migration migration = parts.migration();
        slot = StreamedSlot.of(migration);
        tables = migration.tables().stream().map(Migration.Table::name).collect(Collectors.toSet());
        progress = parts.progress();
        feed = parts.feed();
        this.progressTopic = progressTopic;
    }

    /** Tells of tables that it has not told of before, once the slot is there. */
    void tell(Connection connection) throws SQLException {
        progress.readToEnd();
        Map<TableName, Instant> before = progress.of(Progress.Snapshot.class).stream()
                .findAny()
                .map(Progress.Snapshot::since)
                .orElse(Map.of());
        if (before.keySet().equals(tables)) {
            return;
        }
        if (!slot.exists(connection)) {
            if (!missed) {
                log.warn(
                        "There is no replication slot {}: the tables are read once the connector has made it",
                        slot.name());
            }
            missed = true;
            return;
        }
        Map<TableName, Instant> since = new HashMap<>(before);
        since.keySet().retainAll(tables);
        Instant begin = later(before);
        tables.forEach(table -> since.putIfAbsent(table, begin));
        Progress.Snapshot snapshot = new Progress.Snapshot(false, Map.of(), since);
        feed.accept(List.of(new ProducerRecord<>(progressTopic, snapshot.key(), snapshot.value())));
    }

    /** Another time than any before, whatever the clock says: it tells one reading from another. */
    private static Instant later(Map<TableName, Instant> before) {
        Instant now = Instant.now().truncatedTo(ChronoUnit.MILLIS);
        Optional<Instant> newest = before.values().stream().max(Instant::compareTo);
        return newest.map(time -> time.plusMillis(1)).filter(now::isBefore).orElse(now);
    }
}
