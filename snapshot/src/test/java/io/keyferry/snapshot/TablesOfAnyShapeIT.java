package io.keyferry.snapshot;

import static io.keyferry.snapshot.Workbench.layout;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.keyferry.model.TableLayout;
import io.keyferry.sandbox.SandboxKafka;
import io.keyferry.sandbox.SandboxPostgres;
import io.keyferry.servers.Servers;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class TablesOfAnyShapeIT {

    private static final String PLACEHOLDER = "__debezium_unavailable_value";

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
    void tellsThatTheSnapshotOfAnEmptyTableIsComplete() throws Exception {
        Workbench bench = workbench("empty", layout("public", "empty", List.of("id"), "secret"));
        bench.sql("CREATE TABLE empty (id bigint PRIMARY KEY, secret text)");

        try (SnapshotStage stage = bench.startedStage()) {
            awaitSnapshot(bench);

            assertThat(bench.progress().rows()).isEmpty();
            assertThat(stage.ended()).isNotDone();
        }
    }

    @Test
    void handsOnNoColumnThatIsNotNeeded() throws Exception {
        Workbench bench = workbench("lean", layout("public", "lean", List.of("id"), "secret"));
        bench.sql(
                "CREATE TABLE lean (private text, id bigint PRIMARY KEY, secret text)",
                "INSERT INTO lean VALUES ('confidential', 1, 'a')");

        try (SnapshotStage stage = bench.startedStage()) {
            awaitSnapshot(bench);
            bench.sql("UPDATE lean SET secret = 'b'", "INSERT INTO lean VALUES ('confidential', 2, 'c')");

            await().until(() -> bench.changes().size() == 3);
            assertThat(bench.changes())
                    .allSatisfy(change -> assertThat(names(change)).containsExactly("id", "secret"))
                    .allSatisfy(change -> assertThat(change.value().toString()).doesNotContain("confidential"));
            assertThat(bench.query("SELECT attnames FROM pg_publication_tables WHERE pubname = 'keyferry_lean'"))
                    .isEqualTo("{id,secret}");
            assertThat(stage.ended()).isNotDone();
        }
    }

    private static Set<String> names(Change change) {
        Set<String> names = new TreeSet<>();
        change.after().fieldNames().forEachRemaining(names::add);
        return names;
    }

    @Test
    void bringsThePlaceholderForAnUnchangedValueThatIsStoredApart() throws Exception {
        Workbench bench = workbench("toasted", layout("public", "toasted", List.of("id"), "note", "words", "bytes"));
        bench.sql(
                "CREATE TABLE toasted (id bigint PRIMARY KEY, note text, words text, bytes bytea)",
                "ALTER TABLE toasted ALTER words SET STORAGE EXTERNAL, ALTER bytes SET STORAGE EXTERNAL",
                "INSERT INTO toasted VALUES (1, 'a', repeat('w', 5000), decode(repeat('ab', 5000), 'hex'))");

        try (SnapshotStage stage = bench.startedStage()) {
            awaitSnapshot(bench);
            bench.sql("UPDATE toasted SET note = 'b'");

            await().until(() -> bench.changes().size() == 2);
            Change read = bench.changes().get(0);
            Change update = bench.changes().get(1);
            assertThat(read.after("words")).isEqualTo("w".repeat(5000));
            assertThat(read.after("bytes")).isEqualTo("ab".repeat(5000));
            assertThat(update.after("note")).isEqualTo("b");
            assertThat(update.after("words")).isEqualTo(PLACEHOLDER);
            assertThat(update.after("bytes")).isEqualTo(PLACEHOLDER);
            assertThat(stage.ended()).isNotDone();
        }
    }

    @Test
    void followsNamesOfAnyKind() throws Exception {
        TableLayout odd =
                layout("Sales, \"EU\" 1", "Order.Lines", List.of("Order No", "line,no"), "Card.\"No", "ünïcode");
        Workbench bench = workbench("odd-names", odd);
        bench.sql(
                "CREATE SCHEMA \"Sales, \"\"EU\"\" 1\"",
                "CREATE TABLE \"Sales, \"\"EU\"\" 1\".\"Order.Lines\" (\"Order No\" bigint, \"line,no\" int,"
                        + " \"Card.\"\"No\" text, \"ünïcode\" text, \"other\" text,"
                        + " PRIMARY KEY (\"Order No\", \"line,no\"))",
                "CREATE TABLE \"Sales, \"\"EU\"\" 1\".\"order.lines\" (id int PRIMARY KEY, \"Card.\"\"No\" text)",
                "INSERT INTO \"Sales, \"\"EU\"\" 1\".\"Order.Lines\" VALUES (1, 2, 'a', 'b', 'c')",
                "INSERT INTO \"Sales, \"\"EU\"\" 1\".\"order.lines\" VALUES (9, 'not ours')");

        try (SnapshotStage stage = bench.startedStage()) {
            awaitSnapshot(bench);
            bench.sql("UPDATE \"Sales, \"\"EU\"\" 1\".\"Order.Lines\" SET \"Card.\"\"No\" = 'd', \"ünïcode\" = 'e'");

            await().until(() -> bench.changes(odd.name()).size() == 2);
            assertThat(bench.changes(odd.name())).allSatisfy(change -> {
                assertThat(change.key()).isEqualTo("{\"Order No\":1,\"line,no\":2}");
                assertThat(names(change)).containsExactly("Card.\"No", "Order No", "line,no", "ünïcode");
            });
            assertThat(bench.changes(odd.name()).get(1).after("ünïcode")).isEqualTo("e");
            assertThat(stage.ended()).isNotDone();
        }
    }

    @Test
    void letsTheApplicationUpdateATableWhoseReplicaIdentityIsFull() throws Exception {
        Workbench bench = workbench("full", layout("public", "full_identity", List.of("id"), "secret"));
        bench.sql(
                "CREATE TABLE full_identity (id bigint PRIMARY KEY, secret text, other text,"
                        + " doubled bigint GENERATED ALWAYS AS (id * 2) STORED)",
                "ALTER TABLE full_identity REPLICA IDENTITY FULL",
                "INSERT INTO full_identity VALUES (1, 'a', 'x')");

        try (SnapshotStage stage = bench.startedStage()) {
            awaitSnapshot(bench);
            bench.sql("UPDATE full_identity SET secret = 'b', other = 'y'");

            await().until(() -> bench.changes().size() == 2);
            assertThat(names(bench.changes().get(1))).containsExactly("id", "secret");
            assertThat(stage.ended()).isNotDone();
        }
    }

    @Test
    void followsAPartitionedTableAsOne() throws Exception {
        Workbench bench = workbench("parted", layout("public", "parted", List.of("id"), "secret"));
        bench.sql(
                "CREATE TABLE parted (id bigint PRIMARY KEY, secret text, other text) PARTITION BY RANGE (id)",
                "CREATE TABLE parted_low PARTITION OF parted FOR VALUES FROM (0) TO (10)",
                "INSERT INTO parted VALUES (1, 'a', 'x')");

        try (SnapshotStage stage = bench.startedStage()) {
            awaitSnapshot(bench);
            bench.sql(
                    "CREATE TABLE parted_high PARTITION OF parted FOR VALUES FROM (10) TO (20)",
                    "INSERT INTO parted VALUES (11, 'b', 'y')",
                    "UPDATE parted SET secret = 'c' WHERE id = 1");

            await().until(() -> bench.changes().size() == 3);
            assertThat(bench.newest().get("{\"id\":1}").after("secret")).isEqualTo("c");
            assertThat(bench.newest().get("{\"id\":11}").after("secret")).isEqualTo("b");
            assertThat(stage.ended()).isNotDone();
        }
    }

    @Test
    void bringsAChangedPrimaryKeyAsDeleteAndCreate() throws Exception {
        Workbench bench = workbench("rekeyed", layout("public", "rekeyed", List.of("id"), "secret"));
        bench.sql("CREATE TABLE rekeyed (id bigint PRIMARY KEY, secret text)", "INSERT INTO rekeyed VALUES (1, 'a')");

        try (SnapshotStage stage = bench.startedStage()) {
            awaitSnapshot(bench);
            bench.sql("UPDATE rekeyed SET id = 2");

            await().until(() -> bench.changes().size() == 3);
            assertThat(bench.newest().get("{\"id\":1}").op()).isEqualTo("d");
            assertThat(bench.newest().get("{\"id\":2}").op()).isEqualTo("c");
            assertThat(stage.ended()).isNotDone();
        }
    }
}
