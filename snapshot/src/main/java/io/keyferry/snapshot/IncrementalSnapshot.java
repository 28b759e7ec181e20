package io.keyferry.snapshot;

import io.keyferry.model.Migration;
import io.keyferry.model.TableName;
import io.keyferry.model.TableReading;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.connect.data.Struct;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has Debezium read the tables in chunks between the changes, and believes only what can be believed of what it tells.
 * The publishing and the watching thread share it.
 *
 * <p>While the stream lags, each change would make Debezium read another chunk, and the lag would grow: so it is paused
 * beyond a limit. Where it stopped, Debezium keeps in its own offsets.
 */
final class IncrementalSnapshot implements SnapshotProgress {

    private static final Logger log = LoggerFactory.getLogger(IncrementalSnapshot.class);

    static final Duration PAUSE_BEYOND = Duration.ofSeconds(2);
    static final Duration RESUME_BELOW = Duration.ofSeconds(1);

    private static final long TELL_NANOS = Duration.ofSeconds(1).toNanos();
    private static final String INCREMENTAL = "{\"type\": \"incremental\"}";

    private final Migration migration;
    private final StreamedTables streamed;
    private final Map<TableName, TableReading> readings = new LinkedHashMap<>();
    private final Set<TableName> toAskFor = new LinkedHashSet<>();
    private final Set<TableName> toTell = new LinkedHashSet<>();
    private final Set<TableName> doubtful = new LinkedHashSet<>();
    private final StreamLag lag = new StreamLag();
    private long handedOn;
    private long told = System.nanoTime();
    private boolean paused;
    private String failure;

    /** @param stored Debezium's offset: what it is reading already need not be asked for */
    IncrementalSnapshot(Migration migration, StreamedTables streamed, SnapshotRecords records, StoredOffset stored) {
        this.migration = migration;
        this.streamed = streamed;
        for (Migration.Table table : migration.tables()) {
            TableReading before = records.readings().get(table.name());
            boolean covers = before != null
                    && before.covers(migration, table, streamed.since().get(table.name()));
            boolean under = stored.beingRead().contains(identifier(table.name()));
            readings.put(
                    table.name(),
                    covers && (before.complete() || under)
                            ? before
                            : TableReading.begin(
                                    migration, table, streamed.since().get(table.name())));
            if (!(covers && (before.complete() || under))) {
                toAskFor.add(table.name());
            }
        }
    }

    private static String identifier(TableName table) {
        return table.schema() + "." + table.table();
    }

    @Override
    public synchronized void count(TableName table) {
        TableReading reading = readings.get(table);
        readings.put(table, reading.further(Map.of(), 1));
        toTell.add(table);
    }

    @Override
    public synchronized void notified(Struct notification) {
        if (!"Incremental Snapshot".equals(notification.getString("aggregate_type"))) {
            return;
        }
        Map<String, String> data = notification.getMap("additional_data");
        if ("ABORTED".equals(notification.getString("type"))) {
            fail("Debezium has given up its snapshot");
        }
        if (!"TABLE_SCAN_COMPLETED".equals(notification.getString("type"))) {
            return;
        }
        String scanned = data.get("scanned_collection");
        readings.keySet().stream()
                .filter(table -> identifier(table).equals(scanned))
                .findAny()
                .ifPresent(table -> scanned(table, data.get("status"), data.get("total_rows_scanned")));
    }

    private void scanned(TableName table, String status, String rows) {
        boolean none = "EMPTY".equals(status)
                || "SUCCEEDED".equals(status) && readings.get(table).rows() == 0;
        if (!none && !"SUCCEEDED".equals(status)) {
            fail("Debezium reports table " + table + " as done with status " + status + " after " + rows + " rows");
        } else if (none) {
            doubtful.add(table);
        } else {
            complete(table);
        }
    }

    private void complete(TableName table) {
        readings.put(table, readings.get(table).completed());
        toTell.add(table);
        log.info("{} has been read: {} rows", table, readings.get(table).rows());
    }

    private void fail(String what) {
        failure = what;
    }

    /** A table is told to be complete after its rows: they were handed on before, and are acknowledged by now. */
    @Override
    public synchronized List<ProducerRecord<byte[], byte[]>> news(StoredOffset offset) {
        handedOn = Math.max(handedOn, offset.position());
        List<ProducerRecord<byte[], byte[]>> news = new ArrayList<>(streamed.news(offset));
        boolean due = System.nanoTime() - told > TELL_NANOS
                || toTell.stream().anyMatch(table -> readings.get(table).complete());
        if (streamed.isTold() && due && !toTell.isEmpty()) {
            told = System.nanoTime();
            toTell.forEach(table -> {
                TableReading reading = readings.get(table);
                news.add(new ProducerRecord<>(streamed.topic(), reading.key(), reading.value()));
            });
            toTell.clear();
        }
        return news;
    }

    @Override
    public synchronized void steer(EngineRun.Signals signals, Connection connection) throws SQLException {
        if (failure != null) {
            throw new IllegalStateException(failure);
        }
        for (TableName table : List.copyOf(doubtful)) {
            if (holdsRows(connection, table)) {
                throw new IllegalStateException(
                        "Debezium reports table " + table + " as done without a row, but it has rows");
            }
            doubtful.remove(table);
            complete(table);
        }
        if (streamed.isTold() && readings.values().stream().anyMatch(reading -> !reading.complete())) {
            askFor(signals);
            pace(signals, lag.measure(written(connection), handedOn, System.nanoTime()));
        }
    }

    private void askFor(EngineRun.Signals signals) {
        if (!toAskFor.isEmpty()
                && sent(
                        signals,
                        "execute-snapshot",
                        "{\"type\": \"incremental\", \"data-collections\": [" + names() + "]}")) {
            log.info("Debezium reads {} between the changes", toAskFor);
            toAskFor.clear();
        }
    }

    private String names() {
        List<String> names = new ArrayList<>();
        toAskFor.forEach(table -> names.add(
                '"' + ExactName.expression(table.schema(), table.table()).replace("\\", "\\\\") + '"'));
        return String.join(", ", names);
    }

    private void pace(EngineRun.Signals signals, Duration behind) {
        if (!paused && behind.compareTo(PAUSE_BEYOND) > 0) {
            paused = sent(signals, "pause-snapshot", INCREMENTAL);
            log.debug("paused: changes are {} ms behind", behind.toMillis());
        } else if (paused && behind.compareTo(RESUME_BELOW) < 0) {
            paused = !sent(signals, "resume-snapshot", INCREMENTAL);
            log.debug("resumed: changes are {} ms behind", behind.toMillis());
        }
    }

    /** Whether the engine has taken the signal; where its channel is not open it is sent again the next time. */
    private static boolean sent(EngineRun.Signals signals, String type, String data) {
        try {
            signals.send(type, data);
            return true;
        } catch (RuntimeException e) {
            log.info("Debezium takes no signal now, and is asked again: {}", e.getMessage());
            return false;
        }
    }

    private static boolean holdsRows(Connection connection, TableName table) throws SQLException {
        try (PreparedStatement query =
                        connection.prepareStatement("SELECT EXISTS (SELECT 1 FROM " + table.quoted() + ")");
                ResultSet row = query.executeQuery()) {
            row.next();
            return row.getBoolean(1);
        }
    }

    private static long written(Connection connection) throws SQLException {
        try (PreparedStatement query =
                        connection.prepareStatement("SELECT (pg_current_wal_lsn() - '0/0'::pg_lsn)::bigint");
                ResultSet row = query.executeQuery()) {
            row.next();
            return row.getLong(1);
        }
    }
}
