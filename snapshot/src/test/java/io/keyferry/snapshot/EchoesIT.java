package io.keyferry.snapshot;

import static io.keyferry.snapshot.Workbench.layout;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.keyferry.sandbox.SandboxKafka;
import io.keyferry.sandbox.SandboxPostgres;
import io.keyferry.servers.Servers;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class EchoesIT {

    private static SandboxPostgres postgres;
    private static SandboxKafka kafka;

    @BeforeAll
    static void start() {
        postgres = Servers.postgres(Map.of("min_wal_size", "32MB", "max_wal_size", "32MB", "wal_keep_size", "0"));
        kafka = Servers.kafka();
    }

    @AfterAll
    static void stop() {
        kafka.close();
        postgres.close();
    }

    /** Origins are the whole server's, so no test may leave one to the next. */
    @AfterEach
    void dropOrigins() throws SQLException {
        try (Connection connection = postgres.connect();
                Statement statement = connection.createStatement()) {
            statement.execute("SELECT pg_replication_origin_drop(roname) FROM pg_replication_origin");
        }
    }

    private static Workbench workbench(String name) throws Exception {
        Workbench bench = Workbench.of(postgres, kafka, name, layout("public", name, List.of("id"), "secret"));
        bench.sql(
                "CREATE TABLE " + name + " (id bigint PRIMARY KEY, secret text)",
                "INSERT INTO " + name + " SELECT n, 'first' FROM generate_series(1, 3) n");
        return bench;
    }

    private static void awaitSnapshot(Workbench bench) {
        await().atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofMillis(200))
                .until(() -> bench.progress().complete());
    }

    private static void asOrigin(String origin, String... statements) throws SQLException {
        try (Connection connection = postgres.connect();
                Statement statement = connection.createStatement()) {
            statement.execute("SELECT pg_replication_origin_create('" + origin + "') WHERE NOT EXISTS"
                    + " (SELECT FROM pg_replication_origin WHERE roname = '" + origin + "')");
            statement.execute("SELECT pg_replication_origin_session_setup('" + origin + "')");
            for (String sql : statements) {
                statement.execute(sql);
            }
            statement.execute("SELECT pg_replication_origin_session_reset()");
        }
    }

    private static boolean has(Workbench bench, String secret) {
        return bench.changes().stream()
                .anyMatch(change -> change.after("secret").equals(secret));
    }

    @Test
    void leavesOurOwnWritesOnTheServer() throws Exception {
        Workbench bench = workbench("echoless");

        try (SnapshotStage stage = bench.startedStage()) {
            awaitSnapshot(bench);
            asOrigin("keyferry_echoless_1", "UPDATE echoless SET secret = 'ours' WHERE id = 1");
            bench.sql("UPDATE echoless SET secret = 'live' WHERE id = 2");

            await().until(() -> has(bench, "live"));
            assertThat(has(bench, "ours")).isFalse();
            assertThat(stage.ended()).isNotDone();
        }
    }

    @Test
    void readsChangesOfAnotherOrigin() throws Exception {
        Workbench bench = workbench("replicated");
        bench.sql("SELECT pg_replication_origin_create('upstream')");

        try (SnapshotStage stage = bench.startedStage()) {
            awaitSnapshot(bench);
            asOrigin("upstream", "UPDATE replicated SET secret = 'replicated' WHERE id = 1");

            await().until(() -> has(bench, "replicated"));
            assertThat(stage.ended()).isNotDone();
        }
    }

    @Test
    void readsWhatATriggerWritesInTheSinksSession() throws Exception {
        Workbench bench = workbench("triggered");
        bench.sql(
                "CREATE FUNCTION copy() RETURNS trigger LANGUAGE plpgsql AS"
                        + " $$BEGIN IF NEW.id < 100 THEN INSERT INTO triggered VALUES (NEW.id + 100, OLD.secret);"
                        + " END IF; RETURN NULL; END$$",
                "CREATE TRIGGER history AFTER UPDATE ON triggered FOR EACH ROW EXECUTE FUNCTION copy()");

        try (SnapshotStage stage = bench.startedStage()) {
            awaitSnapshot(bench);
            asOrigin("keyferry_triggered_1", "UPDATE triggered SET secret = 'ours' WHERE id = 1");

            await().until(() -> bench.newest().containsKey("{\"id\":101}"));
            assertThat(stage.ended()).isNotDone();
        }
    }

    @Test
    void readsChangesWithAnOriginOnceASubscriptionAppears() throws Exception {
        Workbench bench = workbench("subscribed");

        try (SnapshotStage stage = bench.startedStage()) {
            awaitSnapshot(bench);
            bench.sql("CREATE SUBSCRIPTION incoming CONNECTION 'host=127.0.0.1 port=1 dbname=none' PUBLICATION p"
                    + " WITH (connect = false)");
            try {
                await().atMost(Duration.ofSeconds(30))
                        .pollInterval(Duration.ofSeconds(1))
                        .until(() -> {
                            asOrigin("keyferry_subscribed_1", "UPDATE subscribed SET secret = 'seen' WHERE id = 1");
                            return has(bench, "seen");
                        });
                assertThat(stage.ended()).isNotDone();
                assertThat(bench.changes())
                        .filteredOn(change -> change.op().equals("r"))
                        .hasSize(3);
            } finally {
                bench.sql("ALTER SUBSCRIPTION incoming SET (slot_name = NONE)", "DROP SUBSCRIPTION incoming");
            }
        }
    }

    @Test
    void releasesTheLogOfAnIdleDatabaseWhileOurOwnWritesFillIt() throws Exception {
        Workbench bench = workbench("idle");
        bench.sql("CREATE TABLE filler (id bigint, bulk text)");

        try (SnapshotStage stage = bench.startedStage()) {
            awaitSnapshot(bench);
            long before = Long.parseLong(bench.query("SELECT pg_current_wal_lsn() - '0/0'::pg_lsn"));
            for (int n = 0; n < 12; n++) {
                asOrigin(
                        "keyferry_idle_1",
                        "UPDATE idle SET secret = 'ours " + n + "' WHERE id = 1",
                        "INSERT INTO filler SELECT n, repeat('x', 1000) FROM generate_series(1, 4000) n");
            }
            long written = Long.parseLong(bench.query("SELECT pg_current_wal_lsn() - '0/0'::pg_lsn")) - before;

            assertThat(written).isGreaterThan(40_000_000);
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> Long.parseLong(bench.query("SELECT pg_current_wal_lsn() - restart_lsn"
                                    + " FROM pg_replication_slots WHERE slot_name = 'keyferry_idle'"))
                            < 2_000_000);
            assertThat(bench.changes()).hasSize(3);
            assertThat(stage.ended()).isNotDone();
        }
    }
}
