package io.keyferry.snapshot;

import static io.keyferry.snapshot.Workbench.layout;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.keyferry.sandbox.SandboxKafka;
import io.keyferry.sandbox.SandboxPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** Positions that are none any more: told, and cured by a new snapshot. */
class LostPositionIT {

    private static final String MUCH = "SELECT pg_logical_emit_message(false, 'filler', repeat('x', 9000000))";
    private static final Map<String, String> FAST = Map.of("fsync", "off");

    @TempDir
    Path folder;

    private final ListAppender<ILoggingEvent> said = new ListAppender<>();
    private SandboxKafka kafka;

    @BeforeEach
    void start() {
        kafka = SandboxKafka.start(0, folder.resolve("kafka"));
        said.start();
        ((Logger) LoggerFactory.getLogger(StartingPoint.class)).addAppender(said);
    }

    @AfterEach
    void stop() {
        ((Logger) LoggerFactory.getLogger(StartingPoint.class)).detachAppender(said);
        kafka.close();
    }

    private Workbench workbench(SandboxPostgres postgres) throws Exception {
        Workbench bench = Workbench.of(postgres, kafka, "lost", layout("public", "lost", List.of("id"), "secret"));
        fill(bench);
        return bench;
    }

    private static void fill(Workbench bench) throws Exception {
        bench.sql(
                "CREATE TABLE lost (id bigint PRIMARY KEY, secret text)",
                "INSERT INTO lost SELECT n, 'first' FROM generate_series(1, 3) n");
    }

    private static void awaitSnapshot(Workbench bench) {
        await().atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofMillis(200))
                .until(() -> bench.progress().complete());
    }

    private static void awaitSecret(Workbench bench, String secret) {
        await().atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofMillis(200))
                .until(() -> bench.newest().get("{\"id\":1}").after("secret").equals(secret));
    }

    private static long rowsRead(Workbench bench) {
        return bench.changes().stream()
                .filter(change -> change.op().equals("r"))
                .count();
    }

    private void assertSaid(String text) {
        assertThat(said.list).anyMatch(event -> event.getFormattedMessage().contains(text));
    }

    /** Hands changes on until a change of this text has come. */
    private static void run(Workbench bench, String secret) throws Exception {
        try (SnapshotStage stage = bench.startedStage()) {
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> "t".equals(bench.query("SELECT active FROM pg_replication_slots")));
            bench.sql("UPDATE lost SET secret = '" + secret + "' WHERE id = 1");
            awaitSecret(bench, secret);
            assertThat(stage.ended()).isNotDone();
        }
    }

    @Test
    void tellsAnotherServerWherePositionsArePlausible() throws Exception {
        try (SandboxPostgres first = SandboxPostgres.start(0, null);
                SandboxPostgres second = SandboxPostgres.start(0, null)) {
            Workbench bench = workbench(first);
            Workbench moved = bench.on(second);
            fill(moved);
            moved.sql(
                    "CREATE PUBLICATION keyferry_lost FOR TABLE lost (id, secret) WITH (publish = 'insert, update, delete')",
                    "SELECT pg_create_logical_replication_slot('keyferry_lost', 'pgoutput')");
            bench.sql(MUCH);
            try (SnapshotStage stage = bench.startedStage()) {
                awaitSnapshot(bench);
                assertThat(stage.ended()).isNotDone();
            }
            moved.sql("UPDATE lost SET secret = 'only here' WHERE id = 1", MUCH, MUCH);

            try (SnapshotStage stage = moved.startedStage()) {
                awaitSecret(moved, "only here");
                awaitSnapshot(moved);
                assertThat(rowsRead(moved)).isEqualTo(6);
                assertThat(stage.ended()).isNotDone();
            }
            assertSaid("this is another server");
        }
    }

    @Test
    void goesOnAfterAPromotionThatLostNothingButNotAfterOneThatDid() throws Exception {
        Path primary = folder.resolve("primary");
        Path promoted = folder.resolve("promoted");
        Workbench bench;
        try (SandboxPostgres postgres = SandboxPostgres.start(0, primary, FAST)) {
            bench = workbench(postgres);
            try (SnapshotStage stage = bench.startedStage()) {
                awaitSnapshot(bench);
                assertThat(stage.ended()).isNotDone();
            }
        }
        copy(primary, promoted);
        Files.createFile(promoted.resolve("data/recovery.signal"));

        try (SandboxPostgres postgres =
                SandboxPostgres.start(0, promoted, Map.of("fsync", "off", "restore_command", "false"))) {
            run(bench.on(postgres), "promoted");
        }
        assertThat(rowsRead(bench)).as("goes on").isEqualTo(3);

        try (SandboxPostgres postgres = SandboxPostgres.start(0, primary, FAST)) {
            bench.on(postgres).sql(MUCH);
            run(bench.on(postgres), "the old primary");
        }
        assertSaid("its timeline 1 does not follow from timeline 2");
        assertThat(rowsRead(bench)).as("a new snapshot").isEqualTo(6);

        try (SandboxPostgres postgres = SandboxPostgres.start(0, promoted, FAST)) {
            // the position handed on exists here too, in another history
            bench.on(postgres).sql(MUCH, MUCH, MUCH);
            run(bench.on(postgres), "the promoted one again");
        }
        assertSaid("left timeline 1 at");
        assertThat(rowsRead(bench)).as("another snapshot").isEqualTo(9);
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> paths = Files.walk(from)) {
            paths.forEach(path -> {
                try {
                    Files.copy(path, to.resolve(from.relativize(path).toString()));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        }
        // the server refuses a folder that others can read
        Files.setPosixFilePermissions(to.resolve("data"), Files.getPosixFilePermissions(from.resolve("data")));
    }

    @Test
    void takesANewSnapshotWhenTheServerInvalidatesTheSlotBeforeOrWhileItIsRead() throws Exception {
        try (SandboxPostgres postgres =
                SandboxPostgres.start(0, null, Map.of("max_slot_wal_keep_size", "1MB", "min_wal_size", "32MB"))) {
            Workbench bench = workbench(postgres);
            try (SnapshotStage stage = bench.startedStage()) {
                awaitSnapshot(bench);
                assertThat(stage.ended()).isNotDone();
            }
            bench.sql("UPDATE lost SET secret = 'while stopped' WHERE id = 1");
            invalidate(bench);

            try (SnapshotStage stage = bench.startedStage()) {
                awaitSecret(bench, "while stopped");
                awaitSnapshot(bench);
                assertSaid("the server has invalidated replication slot keyferry_lost (wal_removed)");
                said.list.clear();
                // an open transaction keeps the slot back, whatever has been handed on
                try (Connection connection = postgres.connect();
                        Statement statement = connection.createStatement()) {
                    connection.setAutoCommit(false);
                    statement.execute("UPDATE lost SET secret = 'while running' WHERE id = 1");
                    invalidate(bench);
                    connection.commit();
                }

                awaitSecret(bench, "while running");
                assertSaid("the server has invalidated replication slot keyferry_lost (wal_removed)");
                assertThat(stage.ended()).isNotDone();
            }
        }
    }

    private static void invalidate(Workbench bench) {
        await().atMost(Duration.ofSeconds(60)).until(() -> {
            bench.sql(MUCH, MUCH, "SELECT pg_switch_wal()", "CHECKPOINT");
            return !"0".equals(bench.query("SELECT count(*) FROM pg_replication_slots WHERE wal_status = 'lost'"));
        });
    }

    @Test
    void publishesATableThatWasAddedOnlyOnceItsSnapshotIsRecorded() throws Exception {
        try (SandboxPostgres postgres = SandboxPostgres.start(0, null)) {
            Workbench bench = workbench(postgres);
            try (SnapshotStage stage = bench.startedStage()) {
                awaitSnapshot(bench);
                assertThat(stage.ended()).isNotDone();
            }
            bench.sql("CREATE TABLE added (id bigint PRIMARY KEY, secret text)", "INSERT INTO added VALUES (1, 'a')");
            Workbench more = bench.with(
                    layout("public", "added", List.of("id"), "secret"),
                    layout("public", "lost", List.of("id"), "secret"));
            int port = kafka.port();
            kafka.close();

            try (SnapshotStage stage = more.startedStage()) {
                // it waits for Kafka with the publication altered, but not for anybody to see
                await().atMost(Duration.ofSeconds(60))
                        .until(() -> !"0"
                                .equals(more.query("SELECT count(*) FROM pg_stat_activity WHERE state"
                                        + " = 'idle in transaction' AND query LIKE 'ALTER PUBLICATION%'")));
                assertThat(published(more)).isEqualTo("1");
                assertThat(stage.ended()).isNotDone();
            }
            assertThat(published(more)).isEqualTo("1");

            kafka = SandboxKafka.start(port, folder.resolve("kafka"));
            try (SnapshotStage stage = more.startedStage()) {
                await().atMost(Duration.ofSeconds(60))
                        .pollInterval(Duration.ofMillis(200))
                        .until(() -> more.newest().containsKey("{\"id\":1}"));
                assertThat(stage.ended()).isNotDone();
            }
        }
    }

    private static String published(Workbench bench) throws Exception {
        return bench.query("SELECT count(*) FROM pg_publication_tables WHERE pubname = 'keyferry_lost'");
    }
}
