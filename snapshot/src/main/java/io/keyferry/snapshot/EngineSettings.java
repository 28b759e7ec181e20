package io.keyferry.snapshot;

import io.debezium.connector.postgresql.PostgresConnector;
import io.keyferry.database.Database;
import io.keyferry.database.DatabaseLogin;
import io.keyferry.model.Migration;
import io.keyferry.model.SnapshotMode;
import io.keyferry.model.TableLayout;
import io.keyferry.model.Topics;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.stream.Collectors;

/** Debezium's settings for one migration. */
final class EngineSettings {

    /** A transaction of its own with nothing but a message: its commit moves the slot of an idle database. */
    private static final String HEARTBEAT = "SELECT pg_logical_emit_message(true, 'keyferry', '')";

    /** What Debezium calls the topic of its notifications; they are not published. */
    static final String NOTIFICATIONS = "keyferry.notifications";

    private static final Duration SLOT_CREATION = Duration.ofMinutes(10);

    private final SnapshotMode mode;
    private final Topics topics;
    private final List<TableLayout> layouts;
    private final Database database;
    private final Map<String, Object> kafkaClientProperties;

    EngineSettings(
            Migration migration,
            List<TableLayout> layouts,
            Database database,
            Map<String, Object> kafkaClientProperties) {
        this.mode = migration.snapshot();
        this.topics = new Topics(migration.name());
        this.layouts = layouts;
        this.database = database;
        this.kafkaClientProperties = kafkaClientProperties;
    }

    /** The settings, with the login as it is now. */
    Properties properties(int serverVersion, boolean withoutEchoes) {
        Properties settings = new Properties();
        settings.setProperty("name", topics.migration());
        settings.setProperty("connector.class", PostgresConnector.class.getName());
        settings.setProperty("topic.prefix", topics.migration());
        settings.putAll(EngineConnections.settings(database.address(), serverVersion));
        DatabaseLogin login = database.login();
        settings.setProperty("database.user", login.user());
        settings.setProperty("database.password", login.password());
        slot(settings, withoutEchoes);
        content(settings);
        pace(settings);
        settings.setProperty("offset.storage", KafkaOffsets.class.getName());
        settings.putAll(KafkaOffsets.settings(topics.offsets(), kafkaClientProperties));
        return settings;
    }

    private void slot(Properties settings, boolean withoutEchoes) {
        settings.setProperty("plugin.name", "pgoutput");
        settings.setProperty("slot.name", topics.slot());
        settings.setProperty("publication.name", topics.slot());
        settings.setProperty("publication.autocreate.mode", "disabled");
        settings.setProperty("snapshot.mode", mode == SnapshotMode.INITIAL ? "initial" : "no_data");
        if (mode == SnapshotMode.INCREMENTAL) {
            betweenChanges(settings);
        }
        settings.setProperty("snapshot.locking.mode", "none");
        // what the slot has confirmed stays behind what is stored, and StartingPoint compares the two beforehand;
        // a slot that is re-created in between, or on a server that has taken over, ends the engine
        settings.setProperty("lsn.flush.mode", "connector");
        settings.setProperty("offset.mismatch.strategy", "trust_offset");
        // from PostgreSQL 17 on, standbys that synchronise slots keep it over a failover
        settings.setProperty("slot.failover", "true");
        // Debezium's own restart would go on with an initial snapshot on the old slot, which leaves a gap
        settings.setProperty("errors.max.retries", "0");
        settings.setProperty("slot.max.retries", "0");
        // a slot can be made only when the transactions open at that time have ended
        settings.setProperty("create.slot.command.timeout", String.valueOf(SLOT_CREATION.toSeconds()));
        settings.setProperty(
                "task.management.timeout.ms",
                String.valueOf(SLOT_CREATION.multipliedBy(2).toMillis()));
        if (withoutEchoes) {
            settings.setProperty("slot.stream.params", "origin=none");
        }
    }

    /** A snapshot that is asked for by signals from this process, and tells how it gets on among the changes. */
    private void betweenChanges(Properties settings) {
        settings.setProperty("read.only", "true");
        settings.setProperty("signal.enabled.channels", "in-process");
        settings.setProperty("signal.poll.interval.ms", "200");
        settings.setProperty("notification.enabled.channels", "sink");
        settings.setProperty("notification.sink.topic.name", NOTIFICATIONS);
        // below the fetch size: a larger chunk ends the table with an error that is told as its end
        settings.setProperty("incremental.snapshot.chunk.size", "1024");
    }

    private void content(Properties settings) {
        settings.setProperty(
                "table.include.list",
                layouts.stream()
                        .map(layout -> ExactName.expression(
                                layout.name().schema(), layout.name().table()))
                        .collect(Collectors.joining(",")));
        settings.setProperty(
                "column.include.list",
                layouts.stream()
                        .flatMap(layout -> layout.columns().keySet().stream()
                                .map(column -> ExactName.expression(
                                        layout.name().schema(), layout.name().table(), column)))
                        .collect(Collectors.joining(",")));
        settings.setProperty("binary.handling.mode", "hex");
        settings.setProperty("decimal.handling.mode", "string");
        settings.setProperty("time.precision.mode", "isostring");
        settings.setProperty("interval.handling.mode", "string");
        settings.setProperty("hstore.handling.mode", "json");
        settings.putAll(ExactTimes.settings());
        rowKeys().ifPresent(keys -> settings.setProperty("message.key.columns", keys));
        settings.setProperty("tombstones.on.delete", "false");
        settings.setProperty("skipped.operations", "t");
        settings.setProperty("include.schema.changes", "false");
        settings.setProperty("provide.transaction.metadata", "false");
        settings.setProperty("message.prefix.exclude.list", ".*");
        settings.setProperty("converter.schemas.enable", "false");
    }

    /** Of tables without a primary key, by which Debezium would go otherwise. */
    private Optional<String> rowKeys() {
        String keys = layouts.stream()
                .filter(layout -> !layout.byPrimaryKey())
                .map(layout -> ExactName.expression(
                                layout.name().schema(), layout.name().table()) + ":"
                        + layout.rowKey().stream().map(ExactName::expression).collect(Collectors.joining(",")))
                .collect(Collectors.joining(";"));
        return keys.isEmpty() ? Optional.empty() : Optional.of(keys);
    }

    private static void pace(Properties settings) {
        settings.setProperty("max.batch.size", "4096");
        settings.setProperty("max.queue.size", "16384");
        settings.setProperty("max.queue.size.in.bytes", String.valueOf(64 << 20));
        settings.setProperty("snapshot.fetch.size", "4096");
        settings.setProperty("poll.interval.ms", "10");
        settings.setProperty("heartbeat.interval.ms", "1000");
        settings.setProperty("heartbeat.action.query", HEARTBEAT);
        settings.setProperty("status.update.interval.ms", "5000");
        settings.setProperty("offset.flush.interval.ms", "1000");
        settings.setProperty("offset.flush.timeout.ms", "4000");
        settings.setProperty("record.processing.threads", "AVAILABLE_CORES");
        settings.setProperty("record.processing.shutdown.timeout.ms", "1000");
        settings.setProperty("executor.shutdown.timeout.ms", "5000");
        settings.setProperty("statistics.metrics.enabled", "false");
    }
}
