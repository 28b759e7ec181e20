package io.keyferry.sink;

import static io.keyferry.sink.Ciphertexts.SOURCE;
import static io.keyferry.sink.Ciphertexts.TARGET;
import static io.keyferry.sink.Rewrites.key;
import static io.keyferry.sink.Rewrites.rewrite;
import static io.keyferry.sink.Rewrites.ssn;
import static io.keyferry.sink.Rewrites.ssns;
import static io.keyferry.sink.SinkFixture.outcomes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.keyferry.database.Database;
import io.keyferry.model.Migration;
import io.keyferry.model.TableLayout;
import io.keyferry.model.TableName;
import io.keyferry.model.Topics;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class SinkTroubleIT {

    private static final String IS_TARGET = " LIKE '" + TARGET.base64("").substring(0, 48) + "%'";

    @TempDir
    static Path folder;

    private static SinkFixture fixture;

    @BeforeAll
    static void start() {
        fixture = new SinkFixture(folder);
    }

    @AfterAll
    static void stop() {
        fixture.close();
    }

    @AfterEach
    void leavesNoSessionAndNoThreadBehind() throws SQLException {
        // a test that failed while commits waited would have every other one wait too
        synchronousStandby("");
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(fixture.texts(
                                "SELECT query FROM pg_stat_activity WHERE application_name LIKE 'keyferry %'"))
                        .isEmpty());
        assertThat(Thread.getAllStackTraces().keySet())
                .extracting(Thread::getName)
                .noneMatch(name -> name.startsWith("keyferry-") || name.contains("sink"));
    }

    private static void synchronousStandby(String name) throws SQLException {
        fixture.sql("ALTER SYSTEM SET synchronous_standby_names = '" + name + "'", "SELECT pg_reload_conf()");
        await().until(() -> fixture.text("SHOW synchronous_standby_names").equals(name));
    }

    private static void awaitSession(String application, String condition) {
        await().atMost(Duration.ofSeconds(30))
                .until(() -> !fixture.texts("SELECT 1 FROM pg_stat_activity WHERE application_name = '" + application
                                + "' AND " + condition)
                        .isEmpty());
    }

    private static String hanging(String sql) {
        try (Connection application = fixture.connect();
                Statement write = application.createStatement()) {
            write.execute(sql);
            return "committed";
        } catch (SQLException e) {
            return e.getMessage();
        }
    }

    @Test
    void aChangeThatArrivesBeforeItsCommitIsVisibleIsNotLost() throws Exception {
        TableName table = fixture.customers("early", 2);
        Migration migration = fixture.customersMigration("early", table);
        fixture.whileRunning(migration, () -> {
            fixture.journal(migration, ssn(table, 1));
            fixture.awaitApplied(migration);
            synchronousStandby("nobody");
            CompletableFuture<String> application = CompletableFuture.supplyAsync(
                    () -> hanging("SET application_name = 'app'; UPDATE early SET ssn = 'second' WHERE id = 2"));
            awaitSession("app", "wait_event = 'SyncRep'");
            long txId = Long.parseLong(
                    fixture.text("SELECT xmax FROM early WHERE id = 2 AND ssn = '" + SOURCE.base64("ssn 2") + "'"));

            fixture.journal(migration, rewrite(table, key(2), Map.of(), txId, "ssn", "second", "rewritten"));
            awaitSession("keyferry sink", "query LIKE '%pg_xact_status%'");
            assertThat(application).isNotDone();
            assertThat(fixture.counts(migration, "ssn")).isEqualTo(outcomes(1, 0));
            synchronousStandby("");
            assertThat(application.get(30, TimeUnit.SECONDS)).isEqualTo("committed");
            fixture.awaitApplied(migration);
        });

        assertThat(fixture.text("SELECT ssn FROM early WHERE id = 2")).isEqualTo("rewritten");
        assertThat(fixture.counts(migration, "ssn")).isEqualTo(outcomes(2, 0));
    }

    @Test
    void aTransactionThatHasEndedOrIsUnknownToTheServerIsNotWaitedFor() throws Exception {
        TableName table = fixture.customers("ended", 2);
        Migration migration = fixture.customersMigration("ended", table);
        long next = Long.parseLong(fixture.text("SELECT pg_current_xact_id()::text"));
        fixture.journal(
                migration,
                rewrite(table, key(1), Map.of(), next, "ssn", "gone", "rewritten"),
                rewrite(table, key(2), Map.of(), next + 1_000_000, "ssn", "gone", "rewritten"));

        try (Connection application = fixture.connect()) {
            application.setAutoCommit(false);
            SinkFixture.texts(application, "SELECT pg_current_xact_id()::text");
            fixture.applyAll(migration);
            application.rollback();
        }

        assertThat(fixture.counts(migration, "ssn")).isEqualTo(outcomes(0, 2));
    }

    @Test
    void closesWithinSecondsWhileItsOwnCommitWaitsForAStandbyAndCountsItOnceLater() throws Exception {
        TableName table = fixture.customers("standby", 1);
        Migration migration = fixture.customersMigration("standby", table);
        SinkStage stage = fixture.stage(migration);
        stage.start();
        // the origin has been set up, which is a commit too
        awaitSession("keyferry sink", "state = 'idle' AND query LIKE '%session_setup%'");
        synchronousStandby("nobody");
        fixture.journal(migration, ssn(table, 1));
        awaitSession("keyferry sink", "wait_event = 'SyncRep'");
        long begun = System.nanoTime();

        stage.close();

        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(7));
        assertThat(fixture.counts(migration, "ssn")).isEqualTo(outcomes(0, 0));
        synchronousStandby("");
        fixture.applyAll(migration);

        assertThat(fixture.text("SELECT ssn FROM standby")).isEqualTo(TARGET.base64("ssn 1"));
        assertThat(fixture.counts(migration, "ssn")).isEqualTo(outcomes(1, 0));
    }

    @Test
    void aDeadlockWithTheApplicationEndsWellForBoth() throws Exception {
        TableName table = fixture.customers("opposite", 9);
        Migration migration = fixture.customersMigration("opposite", table);
        fixture.journal(migration, ssns(table, 9));
        try (Connection application = fixture.connect();
                Statement write = application.createStatement()) {
            // so that the server breaks the sink's wait
            write.execute("SET deadlock_timeout = '1min'");
            application.setAutoCommit(false);
            write.execute("UPDATE opposite SET ssn = 'newer' WHERE id = 9");

            fixture.whileRunning(migration, () -> {
                awaitSession("keyferry sink", "wait_event_type = 'Lock'");
                write.execute("UPDATE opposite SET ssn = 'newer' WHERE id = 1");
                application.commit();
                fixture.awaitApplied(migration);
            });
        }

        assertThat(fixture.texts("SELECT id FROM opposite WHERE ssn = 'newer' ORDER BY id"))
                .containsExactly("1", "9");
        assertThat(fixture.counts(migration, "ssn")).isEqualTo(outcomes(7, 2));
        assertThat(fixture.text("SELECT deadlocks > 0 FROM pg_stat_database WHERE datname = current_database()"))
                .isEqualTo("t");
    }

    @Test
    void goesOnWhereItWasWhenPostgresIsRestartedAndItsSessionsAreTerminated() throws Exception {
        TableName table = fixture.customers("restarted", 20_000);
        Migration migration = fixture.customersMigration("restarted", table);
        fixture.journal(migration, ssns(table, 20_000));

        fixture.whileRunning(migration, () -> {
            awaitSettled(migration, 1);
            fixture.sql(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'keyferry %'");
            long settled = fixture.counts(migration, "ssn").settled();
            awaitSettled(migration, settled + 1);
            fixture.stopPostgres();
            fixture.startPostgres();
            fixture.awaitApplied(migration);
        });

        assertThat(fixture.text("SELECT count(*) FROM restarted WHERE ssn" + IS_TARGET))
                .isEqualTo("20000");
        assertThat(fixture.counts(migration, "ssn")).isEqualTo(outcomes(20_000, 0));
    }

    private static void awaitSettled(Migration migration, long settled) {
        await().atMost(Duration.ofSeconds(30))
                .pollInterval(Duration.ofMillis(20))
                .until(() -> fixture.counts(migration, "ssn").settled() >= settled);
    }

    @Test
    void closesWithinSecondsWhileARowIsHeld() throws Exception {
        TableName table = fixture.customers("held_at_close", 1);
        Migration migration = fixture.customersMigration("held-at-close", table);
        fixture.journal(migration, ssn(table, 1));
        try (Connection application = fixture.connect();
                Statement hold = application.createStatement()) {
            application.setAutoCommit(false);
            hold.execute("SELECT FROM held_at_close FOR UPDATE");
            SinkStage stage = fixture.stage(migration);
            stage.start();
            awaitSession("keyferry sink", "wait_event_type = 'Lock'");
            long begun = System.nanoTime();

            stage.close();

            assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(5));
            assertThat(stage.ended()).isCompleted();
        }
        assertThat(fixture.counts(migration, "ssn")).isEqualTo(outcomes(0, 0));
        fixture.applyAll(migration);
        assertThat(fixture.counts(migration, "ssn")).isEqualTo(outcomes(1, 0));
    }

    @Test
    void aRowThatAPolicyHidesFromTheRoleIsAnErrorAndNotSuperseded() throws Exception {
        TableName table = fixture.customers("hidden_rows", 1);
        Migration migration = fixture.customersMigration("hidden-rows", table);
        Database role = fixture.as("bound_by_policies", table);
        fixture.sql("ALTER TABLE hidden_rows ENABLE ROW LEVEL SECURITY");
        fixture.journal(migration, ssn(table, 1));

        assertThat(endOf(fixture.stage(migration, role))).hasMessageContaining("row-level security");

        assertThat(fixture.counts(migration, "ssn")).isEqualTo(outcomes(0, 0));
        fixture.sql("ALTER ROLE bound_by_policies BYPASSRLS");
        try (SinkStage stage = fixture.stage(migration, role)) {
            stage.start();
            fixture.awaitApplied(migration);
        }
        assertThat(fixture.counts(migration, "ssn")).isEqualTo(outcomes(1, 0));
    }

    @Test
    void aRowThatTheRoleMayNoLongerChangeIsAnErrorAndNotSuperseded() throws Exception {
        TableName table = fixture.customers("revoked", 1);
        Migration migration = fixture.customersMigration("revoked", table);
        Database role = fixture.as("without_update", table);
        fixture.sql("REVOKE UPDATE ON revoked FROM without_update");
        fixture.journal(migration, ssn(table, 1));

        assertThat(endOf(fixture.stage(migration, role))).hasMessageContaining("permission denied");

        assertThat(fixture.counts(migration, "ssn")).isEqualTo(outcomes(0, 0));
    }

    /** What ends the stage by itself. */
    private static Throwable endOf(SinkStage stage) {
        try (stage) {
            stage.start();
            await().atMost(Duration.ofSeconds(30)).until(() -> stage.ended().isDone());
            return stage.ended().handle((done, failure) -> failure).join();
        }
    }

    @Test
    void closesWithinSecondsWhileKafkaIsDown() throws Exception {
        TableName table = fixture.customers("no_broker", 1);
        Migration migration = fixture.customersMigration("no-broker", table);
        fixture.journal(migration, ssn(table, 1));
        SinkStage stage = fixture.stage(migration);
        stage.start();
        fixture.awaitApplied(migration);
        fixture.stopKafka();
        long begun = System.nanoTime();

        stage.close();

        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(10));
        fixture.startKafka();
    }

    @Test
    void goesOnWhereItWasWhenKafkaIsRestarted() throws Exception {
        TableName table = fixture.customers("broker_restarted", 20_000);
        Migration migration = fixture.customersMigration("broker-restarted", table);
        fixture.journal(migration, ssns(table, 20_000));

        fixture.whileRunning(migration, () -> {
            awaitSettled(migration, 1);
            fixture.stopKafka();
            fixture.startKafka();
            fixture.awaitApplied(migration);
        });

        assertThat(fixture.counts(migration, "ssn")).isEqualTo(outcomes(20_000, 0));
    }

    @Test
    void leaksNothingWhileKafkaCannotBeReached() throws Exception {
        TableName table = fixture.customers("no_kafka", 1);
        Migration migration = fixture.customersMigration("no-kafka", table);
        String connections = "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'keyferry %'";
        try (SinkStage stage = new SinkStage(
                migration,
                List.of(TableLayout.of(
                        table,
                        List.of("id"),
                        List.of(
                                new TableLayout.Column("id", "bigint"),
                                new TableLayout.Column("ssn", "text"),
                                new TableLayout.Column("card", "bytea")))),
                fixture.database(),
                Map.of("bootstrap.servers", "nowhere.invalid:9092"))) {
            stage.start();

            await().during(Duration.ofSeconds(3))
                    .atMost(Duration.ofSeconds(10))
                    .untilAsserted(() -> assertThat(Integer.parseInt(fixture.text(connections)))
                            .isLessThanOrEqualTo(2));
            assertThat(stage.ended()).isNotDone();
        }
    }

    @Test
    void writesUnderAReplicationOriginUnlessAnotherSlotMayNeedTheWrites() throws Exception {
        TableName table = fixture.customers("with_origin", 2);
        Migration migration = fixture.customersMigration("with-origin", table);
        String slot = new Topics(migration.name()).slot();
        fixture.sql(
                "CREATE PUBLICATION with_origin FOR TABLE with_origin",
                "SELECT pg_create_logical_replication_slot('" + slot + "', 'pgoutput')");
        try {
            fixture.journal(migration, ssn(table, 1));
            fixture.applyAll(migration);
            assertThat(updatesWithoutOrigin(slot)).isZero();

            fixture.sql("SELECT pg_create_logical_replication_slot('somebodys', 'pgoutput')");
            fixture.journal(migration, ssn(table, 2));
            fixture.applyAll(migration);
            assertThat(updatesWithoutOrigin(slot)).isOne();
        } finally {
            fixture.sql("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots");
        }
    }

    private static long updatesWithoutOrigin(String slot) throws SQLException {
        return Long.parseLong(fixture.text("SELECT count(*) FROM pg_logical_slot_get_binary_changes('" + slot
                + "', NULL, NULL, 'proto_version', '4', 'publication_names', 'with_origin', 'origin', 'none')"
                + " WHERE get_byte(data, 0) = ascii('U')"));
    }
}
