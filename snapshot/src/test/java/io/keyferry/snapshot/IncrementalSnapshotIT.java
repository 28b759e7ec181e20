package io.keyferry.snapshot;

import static io.keyferry.snapshot.Workbench.layout;
import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.keyferry.model.Progress;
import io.keyferry.model.SnapshotMode;
import io.keyferry.model.TableLayout;
import io.keyferry.model.TableName;
import io.keyferry.model.TableReading;
import io.keyferry.sandbox.SandboxKafka;
import io.keyferry.sandbox.SandboxPostgres;
import io.keyferry.servers.Servers;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Debezium's snapshot between changes, as this stage asks for it. */
@Timeout(150)
class IncrementalSnapshotIT {

    private static SandboxPostgres postgres;
    private static SandboxKafka kafka;

    @BeforeAll
    static void start() {
        postgres = Servers.postgres();
        kafka = Servers.kafka();
    }

    @AfterAll
    static void stop() {
        kafka.close();
        postgres.close();
    }

    private static TableLayout table(String name) {
        return layout("public", name, List.of("id"), "secret");
    }

    private static Workbench workbench(String name, TableLayout... layouts) throws Exception {
        return Workbench.of(SnapshotMode.INCREMENTAL, postgres, kafka, name, layouts);
    }

    private static void fill(Workbench bench, String table, int rows) throws SQLException {
        bench.sql(
                "CREATE TABLE " + table + " (id bigint PRIMARY KEY, secret text)",
                "INSERT INTO " + table + " SELECT n, 'first ' || n FROM generate_series(1, " + rows + ") n");
    }

    private static void awaitSnapshot(Workbench bench) {
        await().atMost(Duration.ofSeconds(90))
                .pollInterval(Duration.ofMillis(200))
                .until(() -> bench.progress().complete());
    }

    private static TableName name(String table) {
        return new TableName("public", table);
    }

    @Test
    void readsEveryRowOfEveryTableWhileTheApplicationWrites() throws Exception {
        Workbench bench = workbench("between", table("between_one"), table("between_two"), table("between_none"));
        fill(bench, "between_one", 6000);
        fill(bench, "between_two", 10);
        fill(bench, "between_none", 0);
        AtomicBoolean writing = new AtomicBoolean(true);
        CompletableFuture<Integer> application = CompletableFuture.supplyAsync(() -> write(writing));

        try (SnapshotStage stage = bench.startedStage()) {
            awaitSnapshot(bench);
            writing.set(false);
            int last = application.join();

            assertThat(bench.progress().rows())
                    .containsEntry(name("between_two"), 10L)
                    .containsEntry(name("between_none"), 0L);
            await().atMost(Duration.ofSeconds(30))
                    .untilAsserted(() -> assertThat(bench.changes())
                            .anyMatch(change -> ("live " + last).equals(change.after("secret"))));
            assertThat(bench.newest()).hasSize(6000);
            assertThat(bench.changes(name("between_two"))).hasSize(10);
            assertThat(stage.ended()).isNotDone();
        }
    }

    private static int write(AtomicBoolean writing) {
        try (Connection connection = postgres.connect();
                Statement statement = connection.createStatement()) {
            int n = 0;
            while (writing.get()) {
                n++;
                statement.execute("UPDATE between_one SET secret = 'live " + n + "' WHERE id = " + n % 6000);
                statement.execute("SELECT pg_sleep(0.005)");
            }
            return n;
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void goesOnAtItsChunkAfterARestartAndReadsOnlyTheTableThatIsAdded() throws Exception {
        Workbench bench = workbench("halted", table("halted"));
        fill(bench, "halted", 40_000);
        try (SnapshotStage stage = bench.startedStage()) {
            await().atMost(Duration.ofSeconds(60))
                    .pollInterval(Duration.ofMillis(20))
                    .until(() -> bench.progress().rows().getOrDefault(name("halted"), 0L) > 0);
            assertThat(stage.ended()).isNotDone();
        }
        assertThat(bench.progress().complete()).isFalse();
        fill(bench, "halted_too", 20);
        Workbench larger = bench.with(table("halted"), table("halted_too"));

        try (SnapshotStage stage = larger.startedStage()) {
            awaitSnapshot(larger);
            assertThat(stage.ended()).isNotDone();
        }

        Map<String, Long> read = larger.changes().stream().collect(groupingBy(Change::key, counting()));
        assertThat(read).hasSize(40_000);
        // what was under way when it stopped may come again, but not the whole table
        assertThat(read.values().stream().filter(times -> times > 1).count()).isLessThan(25_000);
        assertThat(larger.changes(name("halted_too"))).hasSize(20);
    }

    private static final Schema NOTIFICATION = SchemaBuilder.struct()
            .field("type", Schema.STRING_SCHEMA)
            .field("aggregate_type", Schema.STRING_SCHEMA)
            .field("additional_data", SchemaBuilder.map(Schema.STRING_SCHEMA, Schema.STRING_SCHEMA))
            .build();

    private static Struct scanCompleted(String table, String status, long rows) {
        return new Struct(NOTIFICATION)
                .put("type", "TABLE_SCAN_COMPLETED")
                .put("aggregate_type", "Incremental Snapshot")
                .put(
                        "additional_data",
                        Map.of(
                                "scanned_collection",
                                "public." + table,
                                "status",
                                status,
                                "total_rows_scanned",
                                String.valueOf(rows)));
    }

    private static StoredOffset at(long position) {
        return new StoredOffset(true, Set.of(), position, position);
    }

    private static List<TableReading> readings(List<ProducerRecord<byte[], byte[]>> news) {
        return news.stream()
                .map(record -> Progress.read(record.key(), record.value()))
                .filter(TableReading.class::isInstance)
                .map(TableReading.class::cast)
                .toList();
    }

    @Test
    void asksAgainUntilTheEngineTakesTheSignalAndPausesWhileChangesLag() throws Exception {
        Workbench bench = workbench("signals", table("signals"));
        fill(bench, "signals", 5);
        IncrementalSnapshot snapshot = bench.incrementalSnapshot();
        List<String> sent = new ArrayList<>();
        EngineRun.Signals closed = (type, data) -> {
            throw new IllegalStateException("Channel already closed");
        };
        EngineRun.Signals open = (type, data) -> sent.add(type + " " + data);

        try (Connection connection = postgres.connect()) {
            snapshot.steer(open, connection);
            assertThat(sent).as("before changes are streamed").isEmpty();
            snapshot.news(at(0));
            snapshot.steer(closed, connection);
            snapshot.steer(open, connection);
            snapshot.steer(open, connection);
            assertThat(sent)
                    .singleElement()
                    .asString()
                    .startsWith("execute-snapshot")
                    .contains("signals");

            // nothing is handed on meanwhile
            await().atMost(Duration.ofSeconds(10)).until(() -> {
                snapshot.steer(closed, connection);
                snapshot.steer(open, connection);
                return sent.size() == 2;
            });
            assertThat(sent.get(1)).startsWith("pause-snapshot");
            snapshot.news(at(Long.MAX_VALUE));
            snapshot.steer(open, connection);
            assertThat(sent).hasSize(3);
            assertThat(sent.get(2)).startsWith("resume-snapshot");
        }
    }

    @Test
    void aTableThatIsReportedDoneWithAnErrorIsNotDone() throws Exception {
        Workbench bench = workbench("failed", table("failed"));
        fill(bench, "failed", 5);
        IncrementalSnapshot snapshot = bench.incrementalSnapshot();
        snapshot.news(at(0));

        snapshot.notified(scanCompleted("failed", "SQL_EXCEPTION", 0));

        assertThat(readings(snapshot.news(at(1)))).noneMatch(TableReading::complete);
        try (Connection connection = postgres.connect()) {
            assertThatThrownBy(() -> snapshot.steer((type, data) -> {}, connection))
                    .hasMessageContaining("public.failed")
                    .hasMessageContaining("SQL_EXCEPTION");
        }
    }

    @Test
    void aTableReportedDoneWithoutARowIsDoneOnlyWhereItIsEmpty() throws Exception {
        Workbench bench = workbench("norows", table("norows_but_some"), table("norows_indeed"));
        fill(bench, "norows_but_some", 5);
        fill(bench, "norows_indeed", 0);
        IncrementalSnapshot snapshot = bench.incrementalSnapshot();
        snapshot.news(at(0));

        try (Connection connection = postgres.connect()) {
            snapshot.notified(scanCompleted("norows_indeed", "EMPTY", 0));
            snapshot.steer((type, data) -> {}, connection);
            assertThat(readings(snapshot.news(at(1))))
                    .singleElement()
                    .satisfies(reading -> assertThat(reading.complete()).isTrue());

            snapshot.notified(scanCompleted("norows_but_some", "SUCCEEDED", 0));
            assertThatThrownBy(() -> snapshot.steer((type, data) -> {}, connection))
                    .hasMessageContaining("public.norows_but_some");
            assertThat(readings(snapshot.news(at(2)))).noneMatch(TableReading::complete);
        }
    }
}
