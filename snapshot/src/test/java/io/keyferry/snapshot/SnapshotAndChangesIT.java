package io.keyferry.snapshot;

import static io.keyferry.snapshot.Workbench.layout;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.keyferry.model.TableLayout;
import io.keyferry.model.TableName;
import io.keyferry.sandbox.SandboxKafka;
import io.keyferry.sandbox.SandboxPostgres;
import io.keyferry.servers.Servers;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class SnapshotAndChangesIT {

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

    private static Workbench workbench(String name, TableLayout... layouts) throws Exception {
        return Workbench.of(postgres, kafka, name, layouts);
    }

    private static void awaitSnapshot(Workbench bench) {
        await().atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofMillis(200))
                .until(() -> bench.progress().complete());
    }

    @Test
    void readsEveryRowAndThenEveryChange() throws Exception {
        Workbench bench = workbench("plain", layout("public", "plain", List.of("id"), "secret"));
        bench.sql(
                "CREATE TABLE plain (id bigint PRIMARY KEY, secret text, other text)",
                "INSERT INTO plain SELECT n, 'first ' || n, 'never' FROM generate_series(1, 5000) n");

        try (SnapshotStage stage = bench.startedStage()) {
            awaitSnapshot(bench);
            bench.sql("UPDATE plain SET secret = 'second' WHERE id = 7", "DELETE FROM plain WHERE id = 8");

            await().untilAsserted(() -> assertThat(bench.newest())
                    .hasSize(5000)
                    .satisfies(rows ->
                            assertThat(rows.get("{\"id\":7}").after("secret")).isEqualTo("second"))
                    .satisfies(rows -> assertThat(rows.get("{\"id\":8}").op()).isEqualTo("d")));
            assertThat(bench.progress().rows()).isEqualTo(Map.of(new TableName("public", "plain"), 5000L));
            assertThat(stage.ended()).isNotDone();
        }
    }

    @Test
    void leavesNoGapBetweenSnapshotAndChangesWhileTheApplicationWrites() throws Exception {
        Workbench bench = workbench("busy", layout("public", "busy", List.of("id"), "secret"));
        bench.sql(
                "CREATE TABLE busy (id bigint PRIMARY KEY, secret text)",
                "INSERT INTO busy SELECT n, 'first' FROM generate_series(1, 20000) n");
        AtomicBoolean writing = new AtomicBoolean(true);
        CompletableFuture<Void> application = CompletableFuture.runAsync(() -> writeUntilStopped("busy", writing));

        try (SnapshotStage stage = bench.startedStage()) {
            awaitSnapshot(bench);
            writing.set(false);
            application.join();

            Map<String, String> rows = rows("busy");
            await().atMost(Duration.ofSeconds(30))
                    .untilAsserted(() -> assertThat(live(bench)).isEqualTo(rows));
            assertThat(stage.ended()).isNotDone();
        }
    }

    @Test
    void losesNothingOverALostConnectionAndARestartWhileTheApplicationWrites() throws Exception {
        Workbench bench = workbench("restless", layout("public", "restless", List.of("id"), "secret"));
        bench.sql(
                "CREATE TABLE restless (id bigint PRIMARY KEY, secret text)",
                "INSERT INTO restless SELECT n, 'first' FROM generate_series(1, 20000) n");
        AtomicBoolean writing = new AtomicBoolean(true);
        CompletableFuture<Void> application = CompletableFuture.runAsync(() -> writeUntilStopped("restless", writing));

        try (SnapshotStage stage = bench.startedStage()) {
            awaitSnapshot(bench);
            int before = bench.changes().size();
            await().until(() -> bench.changes().size() > before);
            bench.sql("SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots"
                    + " WHERE slot_name = 'keyferry_restless' AND active");
            int broken = bench.changes().size();
            await().atMost(Duration.ofSeconds(30)).until(() -> bench.changes().size() > broken);
            assertThat(stage.ended()).isNotDone();
        }
        try (SnapshotStage stage = bench.startedStage()) {
            writing.set(false);
            application.join();

            Map<String, String> rows = rows("restless");
            await().atMost(Duration.ofSeconds(30))
                    .untilAsserted(() -> assertThat(live(bench)).isEqualTo(rows));
            assertThat(stage.ended()).isNotDone();
        }
    }

    private static void writeUntilStopped(String table, AtomicBoolean writing) {
        try (Connection connection = postgres.connect();
                Statement statement = connection.createStatement()) {
            for (int n = 1; writing.get(); n++) {
                statement.execute(
                        "UPDATE " + table + " SET secret = 'update " + n + "' WHERE id = " + (n * 7919L % 20000 + 1));
                statement.execute("SELECT pg_sleep(0.002)");
                statement.execute("INSERT INTO " + table + " VALUES (" + (20000 + n) + ", 'insert " + n + "')");
                statement.execute("DELETE FROM " + table + " WHERE id = " + (n * 104729L % 20000 + 1));
            }
        } catch (java.sql.SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Map<String, String> rows(String table) throws Exception {
        Map<String, String> rows = new HashMap<>();
        try (Connection connection = postgres.connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT id, secret FROM " + table)) {
            while (row.next()) {
                rows.put("{\"id\":" + row.getLong(1) + "}", row.getString(2));
            }
        }
        return rows;
    }

    private static Map<String, String> live(Workbench bench) {
        Map<String, String> live = new HashMap<>();
        bench.newest().forEach((key, change) -> {
            if (!change.op().equals("d")) {
                live.put(key, change.after("secret"));
            }
        });
        return live;
    }

    @Test
    void goesOnAfterARestartWithoutReadingRowsAgainOrMissingAChange() throws Exception {
        Workbench bench = workbench("resumed", layout("public", "resumed", List.of("id"), "secret"));
        bench.sql(
                "CREATE TABLE resumed (id bigint PRIMARY KEY, secret text)",
                "INSERT INTO resumed SELECT n, 'first' FROM generate_series(1, 100) n");
        try (SnapshotStage stage = bench.startedStage()) {
            awaitSnapshot(bench);
            bench.sql("UPDATE resumed SET secret = 'streamed' WHERE id = 1");
            await().until(() -> bench.newest().get("{\"id\":1}").after("secret").equals("streamed"));
            assertThat(stage.ended()).isNotDone();
        }
        bench.sql("UPDATE resumed SET secret = 'while stopped' WHERE id <= 50");

        try (SnapshotStage stage = bench.startedStage()) {
            await().atMost(Duration.ofSeconds(30))
                    .untilAsserted(() -> assertThat(bench.newest().values())
                            .filteredOn(change -> change.after("secret").equals("while stopped"))
                            .hasSize(50));

            assertThat(bench.changes())
                    .filteredOn(change -> change.op().equals("r"))
                    .hasSize(100);
            assertThat(bench.progress().complete()).isTrue();
            assertThat(stage.ended()).isNotDone();
        }
    }

    @Test
    void startsAnInterruptedSnapshotAgainOnANewSlot() throws Exception {
        Workbench bench = workbench("interrupted", layout("public", "interrupted", List.of("id"), "secret"));
        bench.sql(
                "CREATE TABLE interrupted (id bigint PRIMARY KEY, secret text)",
                "INSERT INTO interrupted SELECT n, repeat('x', 2000) FROM generate_series(1, 40000) n");
        try (SnapshotStage stage = bench.startedStage()) {
            await().atMost(Duration.ofSeconds(30))
                    .pollInterval(Duration.ofMillis(20))
                    .until(() -> !bench.changes().isEmpty());
            assertThat(stage.ended()).isNotDone();
        }
        assertThat(bench.progress().complete()).isFalse();
        String oldSlot = slotPosition(bench);
        bench.sql(
                "UPDATE interrupted SET secret = 'while stopped' WHERE id <= 10",
                "DELETE FROM interrupted" + " WHERE id BETWEEN 11 AND 20");

        try (SnapshotStage stage = bench.startedStage()) {
            awaitSnapshot(bench);

            assertThat(bench.progress().rows()).containsValue(39990L);
            assertThat(bench.newest().get("{\"id\":1}").after("secret")).isEqualTo("while stopped");
            assertThat(slotPosition(bench)).isNotEqualTo(oldSlot);
            assertThat(stage.ended()).isNotDone();
        }
    }

    private static String slotPosition(Workbench bench) throws Exception {
        return bench.query("SELECT confirmed_flush_lsn FROM pg_replication_slots WHERE slot_name = '"
                + bench.topics().slot() + "'");
    }

    @Test
    void takesANewSnapshotWhenTheSlotIsGone() throws Exception {
        Workbench bench = workbench("dropped", layout("public", "dropped", List.of("id"), "secret"));
        bench.sql("CREATE TABLE dropped (id bigint PRIMARY KEY, secret text)", "INSERT INTO dropped VALUES (1, 'a')");
        try (SnapshotStage stage = bench.startedStage()) {
            awaitSnapshot(bench);
            assertThat(stage.ended()).isNotDone();
        }
        bench.sql(
                "SELECT pg_drop_replication_slot('keyferry_dropped')",
                "UPDATE dropped SET secret = 'unseen'",
                "INSERT INTO dropped VALUES (2, 'unseen')");

        try (SnapshotStage stage = bench.startedStage()) {
            await().atMost(Duration.ofSeconds(30))
                    .untilAsserted(() -> assertThat(bench.newest().values())
                            .hasSize(2)
                            .allSatisfy(
                                    change -> assertThat(change.after("secret")).isEqualTo("unseen")));
            assertThat(stage.ended()).isNotDone();
        }
    }

    @Test
    void takesANewSnapshotWhenTheSlotHasBeenMadeAgain() throws Exception {
        Workbench bench = workbench("remade", layout("public", "remade", List.of("id"), "secret"));
        bench.sql("CREATE TABLE remade (id bigint PRIMARY KEY, secret text)", "INSERT INTO remade VALUES (1, 'a')");
        try (SnapshotStage stage = bench.startedStage()) {
            awaitSnapshot(bench);
            assertThat(stage.ended()).isNotDone();
        }
        bench.sql(
                "SELECT pg_drop_replication_slot('keyferry_remade')",
                "UPDATE remade SET secret = 'unseen'",
                "SELECT pg_create_logical_replication_slot('keyferry_remade', 'pgoutput')");

        try (SnapshotStage stage = bench.startedStage()) {
            await().atMost(Duration.ofSeconds(30))
                    .untilAsserted(() -> assertThat(bench.newest().values())
                            .singleElement()
                            .satisfies(
                                    change -> assertThat(change.after("secret")).isEqualTo("unseen")));
            assertThat(stage.ended()).isNotDone();
        }
    }
}
