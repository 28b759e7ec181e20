package io.keyferry.snapshot;

import static io.keyferry.snapshot.Workbench.layout;
import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.keyferry.model.SnapshotMode;
import io.keyferry.model.TableLayout;
import io.keyferry.model.TableName;
import io.keyferry.sandbox.SandboxKafka;
import io.keyferry.sandbox.SandboxPostgres;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
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
        postgres = SandboxPostgres.start(0, null);
        kafka = SandboxKafka.start(0, null);
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
}
