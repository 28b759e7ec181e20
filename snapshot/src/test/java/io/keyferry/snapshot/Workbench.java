package io.keyferry.snapshot;

import io.keyferry.database.Database;
import io.keyferry.model.ContextTemplate;
import io.keyferry.model.Encoding;
import io.keyferry.model.Migration;
import io.keyferry.model.Progress;
import io.keyferry.model.SnapshotMode;
import io.keyferry.model.TableLayout;
import io.keyferry.model.TableName;
import io.keyferry.model.Topics;
import io.keyferry.sandbox.SandboxKafka;
import io.keyferry.sandbox.SandboxPostgres;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;

/** One migration on a server and a broker of the sandbox, with tables as a test makes them. */
final class Workbench {

    private final SandboxPostgres postgres;
    private final Map<String, Object> client;
    private final Migration migration;
    private final List<TableLayout> layouts;

    private Workbench(
            SandboxPostgres postgres, Map<String, Object> client, Migration migration, List<TableLayout> layouts) {
        this.postgres = postgres;
        this.client = client;
        this.migration = migration;
        this.layouts = layouts;
    }

    /** A migration of these tables; its topics are made. */
    static Workbench of(SandboxPostgres postgres, SandboxKafka kafka, String name, TableLayout... layouts)
            throws InterruptedException, ExecutionException {
        return of(SnapshotMode.INITIAL, postgres, kafka, name, layouts);
    }

    static Workbench of(
            SnapshotMode mode, SandboxPostgres postgres, SandboxKafka kafka, String name, TableLayout... layouts)
            throws InterruptedException, ExecutionException {
        Migration migration = migration(mode, name, layouts);
        Map<String, Object> client = Map.of("bootstrap.servers", kafka.bootstrapServers());
        try (Admin admin = Admin.create(client)) {
            admin.createTopics(new Topics(name)
                            .all(migration.tables()).stream()
                                    .map(topic -> new NewTopic(topic.name(), topic.partitions(), (short) 1)
                                            .configs(topic.config()))
                                    .toList())
                    .all()
                    .get();
        }
        return new Workbench(postgres, client, migration, List.of(layouts));
    }

    private static Migration migration(SnapshotMode mode, String name, TableLayout... layouts) {
        List<Migration.Table> tables = new ArrayList<>();
        for (TableLayout layout : layouts) {
            List<Migration.Column> columns = layout.columns().keySet().stream()
                    .filter(column -> !layout.rowKey().contains(column))
                    .map(column -> new Migration.Column(column, Encoding.BASE64, ContextTemplate.NONE))
                    .toList();
            tables.add(new Migration.Table(layout.name(), columns));
        }
        return new Migration(
                name,
                null,
                new Migration.Keys("us-west-2", List.of("source"), "target", List.of(), 1000),
                Optional.empty(),
                mode,
                tables,
                1000);
    }

    /** The same migration with other tables, as a later migration.yaml would have them; new topics are made. */
    Workbench with(TableLayout... others) throws InterruptedException, ExecutionException {
        Migration later = migration(migration.snapshot(), migration.name(), others);
        try (Admin admin = Admin.create(client)) {
            Set<String> there = admin.listTopics().names().get();
            admin.createTopics(topics().all(later.tables()).stream()
                            .filter(topic -> !there.contains(topic.name()))
                            .map(topic ->
                                    new NewTopic(topic.name(), topic.partitions(), (short) 1).configs(topic.config()))
                            .toList())
                    .all()
                    .get();
        }
        return new Workbench(postgres, client, later, List.of(others));
    }

    /** The same migration, its rows read otherwise. */
    Workbench with(SnapshotMode mode) {
        Migration later = migration(mode, migration.name(), layouts.toArray(TableLayout[]::new));
        return new Workbench(postgres, client, later, layouts);
    }

    /** The same migration on another server. */
    Workbench on(SandboxPostgres other) {
        return new Workbench(other, client, migration, layouts);
    }

    /** A table with the row key and encrypted columns named, whose types do not matter here. */
    static TableLayout layout(String schema, String table, List<String> rowKey, String... encrypted) {
        List<TableLayout.Column> columns = new ArrayList<>();
        rowKey.forEach(column -> columns.add(new TableLayout.Column(column, "bigint")));
        List.of(encrypted).forEach(column -> columns.add(new TableLayout.Column(column, "text")));
        return TableLayout.of(new TableName(schema, table), rowKey, columns);
    }

    Topics topics() {
        return new Topics(migration.name());
    }

    Map<String, Object> client() {
        return client;
    }

    SnapshotStage stage() {
        return stage(SandboxDatabase.of(postgres.port(), postgres.user(), postgres.password()));
    }

    SnapshotStage stage(Database database) {
        return new SnapshotStage(migration, layouts, database, client);
    }

    SnapshotStage startedStage() {
        SnapshotStage stage = stage();
        stage.start();
        return stage;
    }

    void sql(String... statements) throws SQLException {
        try (Connection connection = postgres.connect();
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }

    String query(String sql) throws SQLException {
        try (Connection connection = postgres.connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            return row.next() ? row.getString(1) : null;
        }
    }

    /** Every change of a table so far, in order for each row. */
    List<Change> changes(TableName table) {
        return Change.all(client, topics().changes(table));
    }

    List<Change> changes() {
        return changes(layouts.get(0).name());
    }

    /** The newest change of each row, by its key as JSON. */
    Map<String, Change> newest() {
        Map<String, Change> newest = new LinkedHashMap<>();
        changes().forEach(change -> newest.put(change.key(), change));
        return newest;
    }

    /** How far the snapshot is, with what was told table by table. */
    Progress.Snapshot progress() {
        return records().snapshot();
    }

    /** A snapshot between changes that is yet to be asked for. */
    IncrementalSnapshot incrementalSnapshot() {
        Set<TableName> tables = layouts.stream().map(TableLayout::name).collect(Collectors.toSet());
        SnapshotRecords records = records();
        return new IncrementalSnapshot(
                migration, new StreamedTables(topics().progress(), tables, records), records, StoredOffset.NONE);
    }

    SnapshotRecords records() {
        return new SnapshotRecords(new CompactedTopic(topics().progress(), client));
    }
}
