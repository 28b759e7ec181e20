package io.keyferry.snapshot;

import static io.keyferry.snapshot.Workbench.layout;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.keyferry.model.KeyFerryException;
import io.keyferry.sandbox.SandboxKafka;
import io.keyferry.sandbox.SandboxPostgres;
import io.keyferry.servers.Servers;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class TroubleIT {

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

    /** So that a count over the whole server means one migration, and a publication one test's tables. */
    @AfterEach
    void dropSlotsAndPublications() throws SQLException {
        try (Connection connection = postgres.connect();
                Statement statement = connection.createStatement()) {
            statement.execute("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots");
            statement.execute("DO $$DECLARE p record; BEGIN FOR p IN SELECT pubname FROM pg_publication LOOP"
                    + " EXECUTE format('DROP PUBLICATION %I', p.pubname); END LOOP; END$$");
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

    @Test
    void waitsForOpenTransactionsBeforeItMakesTheSlotAndClosesMeanwhile() throws Exception {
        Workbench bench = workbench("patient");
        try (Connection connection = postgres.connect();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("UPDATE patient SET secret = 'uncommitted' WHERE id = 1");
            SnapshotStage stage = bench.startedStage();
            await().until(() -> bench.query("SELECT count(*) FROM pg_stat_activity"
                            + " WHERE query LIKE 'CREATE_REPLICATION_SLOT%' AND state = 'active'")
                    .equals("1"));

            long begun = System.nanoTime();
            stage.close();

            assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(15));
            assertThat(stage.ended()).isCompleted();
            assertThat(bench.query("SELECT count(*) FROM pg_replication_slots")).isEqualTo("0");
        }
    }

    @Test
    void handsOverToTheInstanceThatWaits() throws Exception {
        Workbench bench = workbench("turns");
        SnapshotStage first = bench.startedStage();
        awaitSnapshot(bench);

        try (SnapshotStage second = bench.startedStage()) {
            assertThat(bench.query("SELECT count(*) FROM pg_stat_replication")).isEqualTo("1");
            first.close();
            bench.sql("UPDATE turns SET secret = 'second instance' WHERE id = 1");

            await().atMost(Duration.ofSeconds(30))
                    .until(() ->
                            bench.newest().get("{\"id\":1}").after("secret").equals("second instance"));
            assertThat(first.ended()).isCompleted();
            assertThat(bench.changes())
                    .filteredOn(change -> change.op().equals("r"))
                    .hasSize(3);
            assertThat(second.ended()).isNotDone();
        }
    }

    @Test
    void stopsReadingWhenItLosesTheLockAndGoesOnWhenItHasItAgain() throws Exception {
        Workbench bench = workbench("unlocked");

        try (SnapshotStage stage = bench.startedStage()) {
            awaitSnapshot(bench);
            await().until(() ->
                    bench.query("SELECT count(*) FROM pg_stat_replication").equals("1"));
            String walSender = bench.query("SELECT pid FROM pg_stat_replication");
            bench.sql("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'");

            await().atMost(Duration.ofSeconds(30)).until(() -> {
                String now = bench.query("SELECT pid FROM pg_stat_replication");
                return now != null && !now.equals(walSender);
            });
            bench.sql("UPDATE unlocked SET secret = 'later' WHERE id = 1");
            await().until(() -> bench.newest().get("{\"id\":1}").after("secret").equals("later"));
            assertThat(stage.ended()).isNotDone();
        }
    }

    @Test
    void leavesNothingRunningAndTellsNoPassword() throws Exception {
        Workbench bench = workbench("quiet");
        Logger root = (Logger) LoggerFactory.getLogger("ROOT");
        Logger debezium = (Logger) LoggerFactory.getLogger("io.debezium");
        ListAppender<ILoggingEvent> logged = new ListAppender<>();
        logged.start();
        root.addAppender(logged);
        debezium.setLevel(Level.INFO);
        Set<Thread> before = Thread.getAllStackTraces().keySet();

        SnapshotStage stage = bench.startedStage();
        awaitSnapshot(bench);
        stage.close();

        debezium.setLevel(Level.WARN);
        root.detachAppender(logged);
        assertThat(stage.ended()).isCompleted();
        assertThat(logged.list).anyMatch(event -> event.getFormattedMessage().contains("database.user"));
        assertThat(logged.list).noneMatch(event -> event.getFormattedMessage().contains(postgres.password()));
        await().untilAsserted(() -> assertThat(Thread.getAllStackTraces().keySet().stream()
                        .filter(thread -> !before.contains(thread) && thread.isAlive())
                        .map(Thread::getName)
                        .filter(name -> name.contains("keyferry")
                                || name.contains("debezium")
                                || name.contains("pool-")
                                || name.contains("kafka-producer")
                                || name.contains("kafka-admin"))
                        .collect(Collectors.toSet()))
                .isEmpty());
        assertThat(bench.query("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"))
                .isEqualTo("0");
    }

    @Test
    void tellsWhatToRunWhereItMayNotPublish() throws Exception {
        Workbench bench = workbench("unowned");
        bench.sql("CREATE ROLE migrator LOGIN REPLICATION PASSWORD 'pw'", "GRANT SELECT ON unowned TO migrator");
        SandboxDatabase database = SandboxDatabase.of(postgres.port(), "migrator", "pw");

        try (SnapshotStage refused = bench.stage(database)) {
            refused.start();

            assertThatThrownBy(() -> refused.ended().get(20, TimeUnit.SECONDS))
                    .isInstanceOf(ExecutionException.class)
                    .cause()
                    .isInstanceOf(KeyFerryException.class)
                    .hasMessageContaining("CREATE PUBLICATION \"keyferry_unowned\" FOR TABLE \"public\".\"unowned\""
                            + " (\"id\", \"secret\") WITH (publish = 'insert, update, delete')");
        }
        bench.sql("CREATE PUBLICATION keyferry_unowned FOR ALL TABLES");
        try (SnapshotStage accepted = bench.stage(database)) {
            accepted.start();
            awaitSnapshot(bench);
            assertThat(accepted.ended()).isNotDone();
        }
    }

    @Test
    void tellsWhichPrivilegeIsMissing() throws Exception {
        Workbench bench = workbench("unprivileged");
        bench.sql(
                "CREATE ROLE reader LOGIN PASSWORD 'pw'",
                "GRANT SELECT ON unprivileged TO reader",
                "CREATE PUBLICATION keyferry_unprivileged FOR ALL TABLES");

        try (SnapshotStage stage = bench.stage(SandboxDatabase.of(postgres.port(), "reader", "pw"))) {
            stage.start();

            assertThatThrownBy(() -> stage.ended().get(20, TimeUnit.SECONDS))
                    .cause()
                    .isInstanceOf(KeyFerryException.class)
                    .hasMessageContaining("REPLICATION");
        }
    }

    @Test
    void tellsThatTheLogIsNotLogical() throws Exception {
        Workbench bench;
        try (SandboxPostgres replica = Servers.postgres(Map.of("wal_level", "replica"))) {
            bench = Workbench.of(replica, kafka, "not-logical", layout("public", "t", List.of("id"), "secret"));
            bench.sql("CREATE TABLE t (id bigint PRIMARY KEY, secret text)");

            try (SnapshotStage stage = bench.startedStage()) {
                assertThatThrownBy(() -> stage.ended().get(20, TimeUnit.SECONDS))
                        .cause()
                        .isInstanceOf(KeyFerryException.class)
                        .hasMessageContaining("wal_level");
            }
        }
    }

    @Test
    void namesTheTableOfAChangeThatIsTooLargeAndDoesNotPassOverIt() throws Exception {
        Workbench bench = workbench("large");
        limitChanges(bench, 2000);
        try (SnapshotStage stage = bench.startedStage()) {
            awaitSnapshot(bench);
            bench.sql("UPDATE large SET secret = (SELECT string_agg(md5(n::text), '') FROM generate_series(1, 500) n)"
                    + " WHERE id = 1");

            assertThatThrownBy(() -> stage.ended().get(20, TimeUnit.SECONDS))
                    .cause()
                    .isInstanceOf(KeyFerryException.class)
                    .hasMessageContaining("a change of public.large (row key [id]) is larger than Kafka accepts")
                    .hasMessageNotContaining("c4ca4238a0b923820dcc509a6f75849b");
        }
        limitChanges(bench, 1_000_000);
        try (SnapshotStage stage = bench.startedStage()) {
            await().atMost(Duration.ofSeconds(30))
                    .until(() ->
                            bench.newest().get("{\"id\":1}").after("secret").length() == 16_000);
            assertThat(stage.ended()).isNotDone();
        }
    }

    private static void limitChanges(Workbench bench, int bytes) throws Exception {
        ConfigResource topic = new ConfigResource(ConfigResource.Type.TOPIC, "large.public.large");
        ConfigEntry limit = new ConfigEntry("max.message.bytes", String.valueOf(bytes));
        try (Admin admin = Admin.create(bench.client())) {
            admin.incrementalAlterConfigs(Map.of(topic, List.of(new AlterConfigOp(limit, AlterConfigOp.OpType.SET))))
                    .all()
                    .get();
        }
    }

    @Test
    void refusesATableThatTheApplicationCouldNoLongerUpdate() throws Exception {
        Workbench bench = workbench("unidentified");
        bench.sql("ALTER TABLE unidentified REPLICA IDENTITY NOTHING");

        try (SnapshotStage stage = bench.startedStage()) {
            assertThatThrownBy(() -> stage.ended().get(20, TimeUnit.SECONDS))
                    .cause()
                    .isInstanceOf(KeyFerryException.class)
                    .hasMessageContaining("ALTER TABLE \"public\".\"unidentified\" REPLICA IDENTITY DEFAULT");
        }
        bench.sql("ALTER TABLE unidentified REPLICA IDENTITY FULL,"
                + " ADD COLUMN twice bigint GENERATED ALWAYS AS (id * 2) VIRTUAL");
        try (SnapshotStage stage = bench.startedStage()) {
            assertThatThrownBy(() -> stage.ended().get(20, TimeUnit.SECONDS))
                    .cause()
                    .isInstanceOf(KeyFerryException.class)
                    .hasMessageContaining("virtual generated column twice");
        }
        bench.sql("UPDATE unidentified SET secret = 'still possible'");
        assertThat(bench.query("SELECT count(*) FROM pg_publication WHERE pubname = 'keyferry_unidentified'"))
                .isEqualTo("0");
    }
}
