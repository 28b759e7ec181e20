package io.keyferry.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.keyferry.cli.demo.DemoTable;
import io.keyferry.sandbox.Sandbox;
import io.keyferry.servers.Servers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code keyferry replay} after a whole migration. */
@Timeout(300)
class ReplayIT {

    private static final int ROWS = 500;

    @TempDir
    private static Path folder;

    private static Sandbox sandbox;
    private static JsonNode outcomes;
    private static List<String> versions;

    @BeforeAll
    static void migrate() throws Exception {
        sandbox = Servers.sandbox();
        DemoTable table = new DemoTable(
                sandbox.postgres()::connect,
                (plaintext, context) ->
                        sandbox.kms().provisioning().encrypt(sandbox.sourceKeyArn(), plaintext, context));
        table.create();
        table.fill(ROWS);
        Files.writeString(folder.resolve("migration.yaml"), CustomersFile.withKafka(sandbox));
        Files.writeString(
                folder.resolve("embedded.yaml"),
                CustomersFile.text(sandbox).replace("name: customers", "name: embedded"));
        outcomes = runUntilDone().path("outcomes");
        assertThat(outcomes.path("rewritten").asLong()).isEqualTo(2 * ROWS);
        versions = versions();
    }

    @AfterAll
    static void stop() {
        sandbox.close();
    }

    private static KeyferryProcess keyferry(String... arguments) throws IOException {
        return KeyferryProcess.start(folder, sandbox.environment(), arguments);
    }

    private static JsonNode runUntilDone() throws Exception {
        try (KeyferryProcess run = keyferry("run", "--until-done", "--json", "--timeout", "100s")) {
            assertThat(run.exitCode()).as(run.err()).isZero();
            return new ObjectMapper().readTree(run.out());
        }
    }

    private static JsonNode replay(String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of("replay", "--json"));
        command.addAll(List.of(arguments));
        try (KeyferryProcess replay = keyferry(command.toArray(String[]::new))) {
            assertThat(replay.exitCode()).as(replay.err()).isZero();
            return new ObjectMapper().readTree(replay.out());
        }
    }

    /** What every row holds, and in which row version. */
    private static List<String> versions() throws SQLException {
        try (Connection connection = sandbox.postgres().connect();
                Statement sql = connection.createStatement();
                ResultSet rows = sql.executeQuery(
                        "SELECT id || ' ' || xmin || ' ' || md5(ssn_encrypted || card::text) FROM customers ORDER BY id")) {
            List<String> versions = new ArrayList<>();
            while (rows.next()) {
                versions.add(rows.getString(1));
            }
            return versions;
        }
    }

    private static void assertNothingChanged() throws Exception {
        assertThat(runUntilDone().path("outcomes")).isEqualTo(outcomes);
        assertThat(versions()).isEqualTo(versions);
    }

    @Test
    void theSinkReadsTheWholeJournalAgainWithoutKmsAndTheTableAndTheAccountsStayAsTheyAre() throws Exception {
        JsonNode plan = replay("--stage", "sink", "--to-earliest", "--dry-run");
        assertThat(plan.path("reset").asBoolean()).isFalse();
        assertThat(plan.path("records").asLong()).isGreaterThanOrEqualTo(ROWS);
        try (KeyferryProcess unasked = keyferry("replay", "--stage", "sink", "--to-earliest")) {
            assertThat(unasked.exitCode()).isEqualTo(2);
            assertThat(unasked.err()).contains("--yes");
        }

        JsonNode done = replay("--stage", "sink", "--to-earliest", "--yes");
        long requests = sandbox.kms().requests("ReEncrypt");
        assertNothingChanged();

        assertThat(done.path("reset").asBoolean()).isTrue();
        assertThat(done.path("partitions")).isEqualTo(plan.path("partitions"));
        // the sample that a run begins with
        assertThat(sandbox.kms().requests("ReEncrypt") - requests).isLessThanOrEqualTo(30);
        assertThat(replay("--stage", "sink", "--to-earliest", "--dry-run")
                        .path("records")
                        .asLong())
                .as("all of it has been read again")
                .isGreaterThanOrEqualTo(done.path("records").asLong());
    }

    @Test
    void theStreamProcessorReadsAllAgainAndTheSinkAPartitionAndTheTableAndTheAccountsStayAsTheyAre() throws Exception {
        long requests = sandbox.kms().requests("ReEncrypt");
        JsonNode all = replay("--stage", "stream-processor", "--to-datetime", "2020-01-01T00:00:00", "--yes");
        assertThat(all.path("records").asLong()).isGreaterThanOrEqualTo(ROWS);
        JsonNode one = replay("--stage", "sink", "--to-offset", "customers.journal:3:5", "--yes");
        assertThat(one.path("partitions")).singleElement().satisfies(partition -> {
            assertThat(partition.path("newOffset").asLong()).isEqualTo(5);
            assertThat(partition.path("records").asLong())
                    .isEqualTo(partition.path("currentOffset").asLong() - 5);
        });

        assertNothingChanged();

        assertThat(sandbox.kms().requests("ReEncrypt") - requests).isGreaterThanOrEqualTo(2 * ROWS);
    }

    @Test
    void aReplayThatWouldPassOverIsRefused() throws Exception {
        try (KeyferryProcess replay =
                keyferry("replay", "--stage", "sink", "--to-offset", "customers.journal:0:1000000", "--yes")) {
            assertThat(replay.exitCode()).isEqualTo(2);
            assertThat(replay.err()).contains("only goes back");
        }
    }

    @Test
    void aReplayIsRefusedWhileTheStageRunsAndStartsTheEmbeddedBrokerOnceItHasStopped() throws Exception {
        String[] replay = {"replay", "embedded.yaml", "--stage", "sink", "--to-earliest", "--dry-run"};
        try (KeyferryProcess early = keyferry(replay)) {
            assertThat(early.exitCode()).isEqualTo(2);
            assertThat(early.err()).contains("has not run yet");
        }
        try (KeyferryProcess run = keyferry("run", "embedded.yaml")) {
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> Files.exists(folder.resolve("keyferry-data/broker.address")));
            await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> {
                try (KeyferryProcess refused = keyferry(replay)) {
                    assertThat(refused.exitCode()).as(refused.out()).isEqualTo(1);
                    assertThat(refused.err()).contains("The sink is running").contains("Nothing was changed");
                }
            });
            run.kill();
            run.exitCode();
        }

        try (KeyferryProcess stopped = keyferry(replay)) {
            assertThat(stopped.exitCode()).as(stopped.err()).isZero();
            assertThat(stopped.out()).contains("embedded broker");
        }
    }
}
