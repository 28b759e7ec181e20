package io.keyferry.sink;

import io.keyferry.model.Migration;
import io.keyferry.model.Progress;
import io.keyferry.model.TableReading;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads what the tables held when their changes began to be streamed, in chunks by row key, and feeds in what is not
 * known to be under the target key. Used by one thread, in the instance that holds the sweep lock.
 *
 * <p>It may read a row while the application changes it: whichever of the two values it feeds in, the other one, if it is
 * the newer, comes as a change, and the sink writes only where the old value still stands. A row that is inserted behind
 * the position comes as a change too. So nothing needs to be locked, and each chunk is a statement of its own.
 */
final class FirstReading {

    private static final Logger log = LoggerFactory.getLogger(FirstReading.class);

    static final int CHUNK = 1000;
    private static final int PART = 250;
    /** To wait for what the others have under way would take longer than a chunk. */
    private static final long LEARN_NANOS = Duration.ofSeconds(1).toNanos();

    private final SweepPass.Parts parts;
    private final Migration migration;
    private final Connection connection;
    private final ProgressReader progress;
    private final OpenValues open;
    private final FeedingWindow window;
    private final String progressTopic;

    FirstReading(SweepPass.Parts parts, FeedingWindow window, String progressTopic) {
        this.parts = parts;
        this.migration = parts.migration();
        this.connection = parts.connection();
        this.progress = parts.progress();
        this.open = new OpenValues(parts);
        this.window = window;
        this.progressTopic = progressTopic;
    }

    /**
     * Goes on where the last instance stopped; does nothing where every table has been read. Returns whether all has been
     * read that there is to read: not so while the snapshot stage has yet to say since when changes are streamed.
     */
    boolean run() throws SQLException {
        progress.readToEnd();
        boolean all = true;
        for (Migration.Table table : migration.tables()) {
            all &= read(table);
        }
        return all;
    }

    private boolean read(Migration.Table table) throws SQLException {
        Optional<Instant> since = since(table);
        if (since.isEmpty()) {
            return false;
        }
        TableReading reading = progress.of(TableReading.class).stream()
                .filter(stored -> stored.covers(migration, table, since.get()))
                // a row key that was changed meanwhile has another order
                .filter(stored -> stored.after().isEmpty()
                        || stored.after()
                                .keySet()
                                .equals(Set.copyOf(open.layout(table).rowKey())))
                .findAny()
                .orElseGet(() -> TableReading.begin(migration, table, since.get()));
        if (reading.complete()) {
            return true;
        }
        log.info("reading {}{}", table.name(), reading.rows() == 0 ? "" : " on after " + reading.rows() + " rows");
        open.learn();
        long learnt = System.nanoTime();
        RowReader reader = new RowReader(table, open.layout(table));
        List<RowReader.Row> rows;
        do {
            parts.pause().sleep(Duration.ZERO);
            parts.pause().awaitResumed();
            rows = reader.next(connection, reading.after().isEmpty() ? null : reading.after(), CHUNK);
            for (int from = 0; from < rows.size(); from += PART) {
                reading = feed(table, rows.subList(from, Math.min(rows.size(), from + PART)), reading);
            }
            if (rows.size() < CHUNK) {
                reading = reading.completed();
            }
            tell(reading);
            if (System.nanoTime() - learnt > LEARN_NANOS) {
                open.learn();
                learnt = System.nanoTime();
            }
            if (!since(table).equals(since)) {
                // the stream has been lost meanwhile: what was read before the new one begins must be read after it
                log.warn("the changes of {} have been missed; it is read again", table.name());
                return false;
            }
        } while (!reading.complete());
        log.info("{} has been read: {} rows", table.name(), reading.rows());
        return true;
    }

    private Optional<Instant> since(Migration.Table table) {
        return progress.snapshot().map(Progress.Snapshot::since).map(times -> times.get(table.name()));
    }

    private List<ProducerRecord<byte[], byte[]>> openRows(Migration.Table table, List<RowReader.Row> rows) {
        List<ProducerRecord<byte[], byte[]>> feed = new ArrayList<>();
        for (RowReader.Row row : rows) {
            List<String> columns = open.columns(table, row).stream()
                    .filter(value -> !open.isDead(value))
                    .map(StoredValue::column)
                    .toList();
            if (!columns.isEmpty()) {
                feed.add(parts.format().record(open.layout(table), row, columns, table.contextColumns()));
            }
        }
        return feed;
    }

    /**
     * Feeds a part of a chunk: a slow pipeline with a small window is never without work then, and whoever goes on after a
     * stop has no more than a part to feed in, and to ask KMS for, again.
     */
    private TableReading feed(Migration.Table table, List<RowReader.Row> part, TableReading reading) {
        List<ProducerRecord<byte[], byte[]>> records = openRows(table, part);
        TableReading further =
                reading.further(RowReader.key(open.layout(table), part.get(part.size() - 1)), part.size());
        if (!records.isEmpty()) {
            window.awaitRoom(records.size());
            parts.pause().awaitResumed();
            // acknowledged before the position that lies behind it is
            parts.feed().accept(records);
            tell(further);
        }
        return further;
    }

    private void tell(TableReading reading) {
        parts.feed().accept(List.of(new ProducerRecord<>(progressTopic, reading.key(), reading.value())));
    }
}
