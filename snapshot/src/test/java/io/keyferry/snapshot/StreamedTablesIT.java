package io.keyferry.snapshot;

import static io.keyferry.snapshot.Workbench.layout;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.keyferry.model.Progress;
import io.keyferry.model.SnapshotMode;
import io.keyferry.model.TableName;
import io.keyferry.sandbox.SandboxKafka;
import io.keyferry.sandbox.SandboxPostgres;
import io.keyferry.servers.Servers;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Where the sink reads the rows, this stage tells since when changes are streamed, and never too early. */
@Timeout(120)
class StreamedTablesIT {

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

    private static Workbench workbench(String name, String... tables) throws Exception {
        return Workbench.of(
                SnapshotMode.SWEEP,
                postgres,
                kafka,
                name,
                List.of(tables).stream()
                        .map(table -> layout("public", table, List.of("id"), "secret"))
                        .toArray(io.keyferry.model.TableLayout[]::new));
    }

    private static void table(Workbench bench, String name) throws Exception {
        bench.sql(
                "CREATE TABLE " + name + " (id bigint PRIMARY KEY, secret text)",
                "INSERT INTO " + name + " SELECT n, 'first' FROM generate_series(1, 50) n");
    }

    private static TableName name(String table) {
        return new TableName("public", table);
    }

    private static Map<TableName, Instant> awaitStreamed(Workbench bench, Predicate<Map<TableName, Instant>> that) {
        return await().atMost(Duration.ofSeconds(40))
                .until(() -> bench.progress().since(), that);
    }

    @Test
    void readsNoRowButEveryChangeSinceTheTimeItTells() throws Exception {
        Workbench bench = workbench("streamed", "streamed");
        table(bench, "streamed");

        try (SnapshotStage stage = bench.startedStage()) {
            awaitStreamed(bench, since -> since.containsKey(name("streamed")));
            bench.sql("UPDATE streamed SET secret = 'second' WHERE id <= 20");

            await().atMost(Duration.ofSeconds(30))
                    .untilAsserted(() -> assertThat(bench.changes())
                            .hasSize(20)
                            .allSatisfy(change -> assertThat(change.op()).isEqualTo("u")));
            // how far the tables have been read, the sink tells
            assertThat(bench.progress().complete()).isFalse();
            assertThat(stage.ended()).isNotDone();
        }
    }

    @Test
    void tellsNothingWhileTheSlotWaitsForAnOpenTransaction() throws Exception {
        Workbench bench = workbench("waiting", "waiting");
        table(bench, "waiting");
        try (Connection connection = postgres.connect();
                Statement open = connection.createStatement()) {
            connection.setAutoCommit(false);
            open.execute("UPDATE waiting SET secret = 'under way' WHERE id = 1");

            try (SnapshotStage stage = bench.startedStage()) {
                await().atMost(Duration.ofSeconds(30))
                        .until(() -> bench.query("SELECT count(*) FROM pg_replication_slots"
                                        + " WHERE slot_name = 'keyferry_waiting'")
                                .equals("1"));
                await().during(Duration.ofSeconds(2))
                        .atMost(Duration.ofSeconds(10))
                        .until(() -> bench.progress().since().isEmpty());
                connection.commit();

                awaitStreamed(bench, since -> since.containsKey(name("waiting")));
                assertThat(stage.ended()).isNotDone();
            }
        }
    }

    @Test
    void aRestartChangesNothingAndAnAddedTableHasATimeOfItsOwn() throws Exception {
        Workbench bench = workbench("grown", "grown");
        table(bench, "grown");
        Map<TableName, Instant> first;
        try (SnapshotStage stage = bench.startedStage()) {
            first = awaitStreamed(bench, since -> !since.isEmpty());
            assertThat(stage.ended()).isNotDone();
        }
        String slot = bench.query("SELECT catalog_xmin FROM pg_replication_slots WHERE slot_name = 'keyferry_grown'");
        bench.sql("UPDATE grown SET secret = 'while stopped' WHERE id = 1");
        table(bench, "grown_too");
        Workbench larger = bench.with(
                layout("public", "grown", List.of("id"), "secret"),
                layout("public", "grown_too", List.of("id"), "secret"));

        try (SnapshotStage stage = larger.startedStage()) {
            Map<TableName, Instant> second = awaitStreamed(larger, since -> since.size() == 2);
            larger.sql("UPDATE grown_too SET secret = 'second' WHERE id = 2");

            assertThat(second.get(name("grown"))).isEqualTo(first.get(name("grown")));
            assertThat(second.get(name("grown_too"))).isAfter(first.get(name("grown")));
            await().atMost(Duration.ofSeconds(30))
                    .untilAsserted(
                            () -> assertThat(larger.changes(name("grown_too"))).hasSize(1));
            assertThat(larger.changes(name("grown"))).hasSize(1);
            assertThat(slot).isNotNull();
            assertThat(stage.ended()).isNotDone();
        }
    }

    @Test
    void tablesWhoseChangesWereMissedHaveANewTime() throws Exception {
        Workbench bench = workbench("gaps", "gap_one", "gap_two");
        table(bench, "gap_one");
        table(bench, "gap_two");
        Map<TableName, Instant> first;
        try (SnapshotStage stage = bench.startedStage()) {
            first = awaitStreamed(bench, since -> since.size() == 2);
            assertThat(stage.ended()).isNotDone();
        }
        bench.sql("ALTER PUBLICATION keyferry_gaps DROP TABLE gap_two");

        Map<TableName, Instant> second;
        try (SnapshotStage stage = bench.startedStage()) {
            second = awaitStreamed(
                    bench,
                    since -> since.size() == 2 && !since.get(name("gap_two")).equals(first.get(name("gap_two"))));
            assertThat(stage.ended()).isNotDone();
        }
        assertThat(second.get(name("gap_one"))).isEqualTo(first.get(name("gap_one")));
        bench.sql("SELECT pg_drop_replication_slot('keyferry_gaps')");

        try (SnapshotStage stage = bench.startedStage()) {
            Map<TableName, Instant> third = awaitStreamed(
                    bench,
                    since -> since.size() == 2 && !since.get(name("gap_one")).equals(first.get(name("gap_one"))));
            assertThat(third.get(name("gap_two"))).isAfter(second.get(name("gap_two")));
            assertThat(stage.ended()).isNotDone();
        }
    }

    @Test
    void whatWasReadInOneTransactionIsNotTakenForReadOneByOneNorTheOtherWayRound() throws Exception {
        Workbench bench = workbench("switched", "switched");
        table(bench, "switched");
        try (SnapshotStage stage = bench.startedStage()) {
            awaitStreamed(bench, since -> !since.isEmpty());
            assertThat(stage.ended()).isNotDone();
        }

        // nobody has read the rows yet
        try (SnapshotStage stage = bench.with(SnapshotMode.INITIAL).startedStage()) {
            await().atMost(Duration.ofSeconds(40)).until(() -> bench.progress().complete());
            assertThat(bench.changes())
                    .hasSize(50)
                    .allSatisfy(change -> assertThat(change.op()).isEqualTo("r"));
            assertThat(stage.ended()).isNotDone();
        }
        try (SnapshotStage stage = bench.startedStage()) {
            awaitStreamed(bench, since -> !since.isEmpty());
            assertThat(bench.progress()).extracting(Progress.Snapshot::complete).isEqualTo(false);
            assertThat(stage.ended()).isNotDone();
        }
    }
}
