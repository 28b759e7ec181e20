package io.keyferry.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.keyferry.cli.PipelineBench.Place;
import io.keyferry.sandbox.SandboxPostgres;
import io.keyferry.servers.Servers;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What {@code keyferry run} says and answers where something is not as it should be, and that a later run goes on. */
@Timeout(300)
class RunFailuresIT {

    private static final int ROWS = 200;
    private static final Duration LONG = Duration.ofSeconds(120);

    private static PipelineBench bench;
    private static SandboxPostgres postgres;
    private static Place place;

    @TempDir
    private Path folder;

    @BeforeAll
    static void start() {
        bench = new PipelineBench();
        postgres = Servers.postgres();
        place = Place.of(postgres);
    }

    @AfterAll
    static void stop() {
        postgres.close();
        bench.close();
    }

    private void migrationFile(String name, Place as, String table) throws IOException {
        bench.migrationFile(folder, name, as, table, Optional.of(bench.bootstrapServers()));
    }

    private KeyferryProcess run(String name, Place as, String... more) throws IOException {
        return run(name, bench.environment(as), more);
    }

    private KeyferryProcess run(String name, Map<String, String> environment, String... more) throws IOException {
        List<String> arguments = new ArrayList<>(List.of("run", name + ".yaml"));
        arguments.addAll(List.of(more));
        return KeyferryProcess.start(folder, environment, arguments.toArray(String[]::new));
    }

    private void assertGoesOn(String name, Place as, String table) throws Exception {
        try (KeyferryProcess again = run(name, as, "--until-done", "--timeout", "100s")) {
            assertThat(again.exitCode()).as(again.err()).isZero();
        }
        assertThat(bench.underSource(place, table)).isZero();
    }

    private static void assertEnds(KeyferryProcess process, int code, String... words) throws InterruptedException {
        assertThat(process.exitCode()).as(process.err()).isEqualTo(code);
        assertThat(process.err()).contains(words).doesNotContain("\tat ");
    }

    @Test
    void saysWhatCannotBeReachedOrEnteredBeforeAnythingStarts() throws Exception {
        bench.createTable(place, "untouched", 1);
        place.sql("CREATE ROLE onlooker LOGIN PASSWORD 'pw'", "GRANT SELECT ON untouched TO onlooker");
        Place onlooker = place.as("onlooker", "pw");
        migrationFile("good", place, "untouched");
        migrationFile("onlooker", onlooker, "untouched");
        bench.migrationFile(folder, "kafka", place, "untouched", Optional.of("127.0.0.1:1"));
        Path noServer = folder.resolve("database.yaml");
        Files.writeString(
                noServer, Files.readString(folder.resolve("good.yaml")).replace(":" + postgres.port(), ":1"));
        Map<String, String> noKms = new HashMap<>(bench.environment(place));
        noKms.put("AWS_ENDPOINT_URL_KMS", "http://127.0.0.1:1");

        try (KeyferryProcess kafka = run("kafka", place);
                KeyferryProcess password = run("good", place.as(place.user(), "wrong"));
                KeyferryProcess privilege = run("onlooker", onlooker);
                KeyferryProcess database = run("database", place);
                KeyferryProcess kms = run("good", noKms)) {
            assertEnds(password, 2, "password authentication failed", "database.credentials");
            // all of it at once, as keyferry check tells it
            assertEnds(
                    privilege,
                    2,
                    "GRANT UPDATE (\"secret\") ON \"public\".\"untouched\" TO \"onlooker\"",
                    "ALTER ROLE \"onlooker\" REPLICATION;");
            assertEnds(database, 1, "127.0.0.1:1", "refused");
            assertEnds(kms, 1, "KMS", "127.0.0.1:1");
            assertEnds(kafka, 1, "Kafka at 127.0.0.1:1 does not answer", "kafka.bootstrapServers");
        }
        assertThat(place.ask("SELECT count(*) FROM pg_publication WHERE pubname IN"
                        + " ('keyferry_good', 'keyferry_onlooker', 'keyferry_kafka', 'keyferry_database')"))
                .isEqualTo("0");
    }

    @Test
    void namesAPrivilegeThatIsTakenAwayUnderWayAndGoesOnOnceItIsGranted() throws Exception {
        bench.createTable(place, "guarded", ROWS);
        place.sql(
                "CREATE ROLE reader LOGIN REPLICATION PASSWORD 'pw'",
                "GRANT SELECT, UPDATE ON guarded TO reader",
                "CREATE PUBLICATION keyferry_guarded FOR TABLE guarded WITH (publish = 'insert, update, delete')");
        Place reader = place.as("reader", "pw");
        migrationFile("guarded", reader, "guarded");

        try (KeyferryProcess run = run("guarded", reader)) {
            await().atMost(LONG).until(() -> bench.underSource(place, "guarded") == 0);
            place.sql("ALTER ROLE reader NOREPLICATION");
            place.ask("SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots"
                    + " WHERE slot_name = 'keyferry_guarded'");
            assertThat(run.exitCode()).as(run.err()).isEqualTo(1);
            assertThat(lastWords(run)).contains("lacks a privilege", "ALTER ROLE", "REPLICATION");
        }
        place.sql("ALTER ROLE reader REPLICATION");
        assertGoesOn("guarded", reader, "guarded");
    }

    @Test
    void topicsThatAreDeletedUnderWayEndTheRunAndTheNextOneMakesThemAnew() throws Exception {
        bench.createTable(place, "read", ROWS);
        bench.createTable(place, "journalled", ROWS);
        migrationFile("read", place, "read");
        migrationFile("journalled", place, "journalled");

        try (KeyferryProcess read = run("read", place);
                KeyferryProcess journalled = run("journalled", place)) {
            await().atMost(LONG)
                    .until(() -> bench.underSource(place, "read") == 0 && bench.underSource(place, "journalled") == 0);
            try (Admin admin = Admin.create(Map.of("bootstrap.servers", (Object) bench.bootstrapServers()))) {
                admin.deleteTopics(List.of("read.public.read", "journalled.journal"))
                        .all()
                        .get();
            }
            update("read");
            update("journalled");
            assertThat(read.exitCode()).as(read.err()).isEqualTo(1);
            assertThat(lastWords(read)).contains("deleted").contains("Run again");
            assertThat(journalled.exitCode()).as(journalled.err()).isEqualTo(1);
            assertThat(lastWords(journalled))
                    .contains("Topics have been deleted while the migration runs: journalled.journal. Run again");
        }
        assertGoesOn("read", place, "read");
        assertGoesOn("journalled", place, "journalled");
    }

    private static String lastWords(KeyferryProcess process) {
        return process.err()
                .lines()
                .filter(line -> line.startsWith("keyferry: "))
                .reduce("", (before, line) -> line);
    }

    private static void update(String table) throws SQLException {
        place.sql("UPDATE " + table + " SET secret = '" + bench.encrypted("meanwhile") + "' WHERE id <= 20");
    }

    @Test
    void aFullDiskOfTheEmbeddedBrokerEndsTheRunAndTheNextOneGoesOn() throws Exception {
        Path data = Files.createDirectory(folder.resolve("keyferry-data"));
        assumeTrue(
                command("mount", "-t", "tmpfs", "-o", "size=48m", "tmpfs", data.toString()) == 0,
                "a small file system can be mounted by root only, and not in every container");
        try {
            bench.createTable(place, "stuffed", ROWS);
            bench.migrationFile(folder, "stuffed", place, "stuffed", Optional.empty());

            Path filler = data.resolve("filler");
            try (KeyferryProcess run = run("stuffed", place)) {
                await().atMost(LONG).until(() -> bench.underSource(place, "stuffed") == 0);
                fill(filler);
                for (int n = 0; n < 50 && run.isAlive(); n++) {
                    place.sql("UPDATE stuffed SET secret = '" + bench.encrypted("full " + n) + "'");
                }
                assertThat(run.exitCode()).as(run.err()).isEqualTo(1);
                assertThat(run.err()).contains("embedded broker", "its disk is full", "run again");
            }
            Files.delete(filler);
            assertGoesOn("stuffed", place, "stuffed");
        } finally {
            command("umount", data.toString());
        }
    }

    /** Leaves no block free. */
    private static void fill(Path file) {
        byte[] block = new byte[4096];
        try (OutputStream out = Files.newOutputStream(file)) {
            for (int blocks = 0; blocks < 48 * 256; blocks++) {
                out.write(block);
            }
        } catch (IOException e) {
            assertThat(e).hasMessageContaining("space");
        }
    }

    private static int command(String... words) throws IOException, InterruptedException {
        return new ProcessBuilder(words)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
    }
}
