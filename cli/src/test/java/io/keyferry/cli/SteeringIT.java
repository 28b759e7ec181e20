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
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code keyferry pause}, {@code resume}, {@code throttle} and {@code status}, while a run is at work. */
@Timeout(300)
class SteeringIT {

    private static final int ROWS = 2000;
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    /** Longer than any transaction of the stages may be open. */
    private static final Duration LONG = Duration.ofSeconds(18);

    @TempDir
    private Path folder;

    private Sandbox sandbox;

    @BeforeEach
    void start() throws IOException, SQLException {
        sandbox = Servers.sandbox();
        DemoTable table = new DemoTable(
                sandbox.postgres()::connect,
                (plaintext, context) ->
                        sandbox.kms().provisioning().encrypt(sandbox.sourceKeyArn(), plaintext, context));
        table.create();
        table.fill(ROWS);
        try (Connection connection = sandbox.postgres().connect();
                Statement sql = connection.createStatement()) {
            sql.execute("CREATE TABLE filled AS SELECT id, ssn_encrypted, card FROM customers");
        }
        Files.writeString(
                folder.resolve("migration.yaml"),
                CustomersFile.withKafka(sandbox).replace("tables:\n", "  maxRequestsPerSecond: 250\ntables:\n"));
    }

    @AfterEach
    void stop() {
        sandbox.close();
    }

    private KeyferryProcess keyferry(String... arguments) throws IOException {
        return KeyferryProcess.start(folder, sandbox.environment(), arguments);
    }

    private JsonNode answer(String... arguments) throws Exception {
        try (KeyferryProcess command = keyferry(arguments)) {
            assertThat(command.exitCode()).as(command.err()).isZero();
            return new ObjectMapper().readTree(command.out());
        }
    }

    private String ask(String query) throws SQLException {
        try (Connection connection = sandbox.postgres().connect();
                Statement sql = connection.createStatement();
                ResultSet row = sql.executeQuery(query)) {
            row.next();
            return row.getString(1);
        }
    }

    /** Changes with every write to the table, and with nothing else. */
    private String versions() throws SQLException {
        return ask("SELECT md5(string_agg(id || ' ' || xmin, ',' ORDER BY id)) FROM customers");
    }

    private long requests() {
        return sandbox.kms().requests("ReEncrypt");
    }

    private String state() throws SQLException {
        return versions() + " " + requests();
    }

    private void awaitUnderWay(KeyferryProcess run) {
        long before = requests();
        await().atMost(PATIENCE).until(() -> {
            assertThat(run.isAlive()).as(run.err()).isTrue();
            return requests() > before + 200;
        });
    }

    private void assertStandsStill(Duration howLong) throws SQLException {
        // what has been begun is finished first
        await().during(Duration.ofSeconds(2)).atMost(Duration.ofSeconds(20)).until(new Unchanged()::look);
        String paused = state();
        await().during(howLong)
                .atMost(howLong.plusSeconds(5))
                .untilAsserted(() -> assertThat(state()).isEqualTo(paused));
    }

    private final class Unchanged {

        private String before = "";

        boolean look() throws SQLException {
            String now = state();
            boolean same = now.equals(before);
            before = now;
            return same;
        }
    }

    @Test
    void aPauseStopsReadingKmsAndWritingLongerThanAnyTransactionMayBeOpenAndResumeFinishesExactly() throws Exception {
        try (KeyferryProcess run = keyferry("run", "--until-done", "--json", "--timeout", "200s")) {
            awaitUnderWay(run);

            JsonNode paused = answer("pause", "--json");
            assertThat(paused.path("paused").asBoolean()).isTrue();
            assertThat(paused.path("pausedBy").asText()).startsWith(System.getProperty("user.name") + "@");
            assertStandsStill(LONG);

            assertThat(run.isAlive()).as(run.err()).isTrue();
            assertThat(run.err())
                    .contains("paused by " + paused.path("pausedBy").asText());
            long begun = requests();
            assertThat(begun).as("in the middle").isLessThan(2 * ROWS);
            assertStatusOfAPausedMigration();
            assertThat(Probe.of(run).scrape().sum("keyferry_paused")).isEqualTo(1);

            assertThat(answer("resume", "--json").path("paused").asBoolean()).isFalse();
            assertThat(run.exitCode()).as(run.err()).isZero();
            JsonNode outcomes = new ObjectMapper().readTree(run.out()).path("outcomes");
            assertThat(outcomes.path("rewritten").asLong()).isEqualTo(2 * ROWS);
            assertThat(run.err())
                    .as("no transaction was fenced off")
                    .doesNotContain("starts again")
                    .doesNotContain("begins its transactions again");
            // the sample, and nothing asked twice
            assertThat(requests()).isBetween(2L * ROWS, 2L * ROWS + 30);
        }
    }

    private void assertStatusOfAPausedMigration() throws Exception {
        JsonNode status = answer("status", "--json");
        long rewritten = 0;
        for (JsonNode column : status.path("columns")) {
            assertThat(column.path("column").asText()).startsWith("public.customers.");
            rewritten += column.path("outcomes").path("rewritten").asLong();
        }

        assertThat(status.path("state").asText()).isEqualTo("under-way");
        assertThat(rewritten).as("as the table says").isEqualTo(underTarget());
        assertThat(status.path("sink").path("members")).isNotEmpty();
        assertThat(status.path("streamProcessor").path("members")).isNotEmpty();
        assertThat(status.path("slot").path("active").asBoolean()).isTrue();
        assertThat(status.path("slot").path("retainedBytes").asLong()).isPositive();
        assertThat(status.path("untilDone").asText()).contains("paused by").contains("keyferry resume");
        try (KeyferryProcess people = keyferry("status")) {
            assertThat(people.exitCode()).as(people.err()).isZero();
            assertThat(people.out()).contains("public.customers.card").contains("paused by");
        }
    }

    /** How many values have another ciphertext than they were filled with. */
    private long underTarget() throws SQLException {
        return Long.parseLong(ask("SELECT count(*) FILTER (WHERE c.ssn_encrypted <> b.ssn_encrypted)"
                + " + count(*) FILTER (WHERE c.card <> b.card) FROM customers c JOIN filled b USING (id)"));
    }

    @Test
    void aPauseSurvivesARestartAndAMalformedRecordChangesNothing() throws Exception {
        try (KeyferryProcess run = keyferry("run")) {
            awaitUnderWay(run);
            answer("pause", "--json");
            assertStandsStill(Duration.ofSeconds(1));
            run.terminate();
            assertThat(run.exitCode()).isEqualTo(143);
            assertThat(run.out()).contains("the next run goes on here");
        }
        try (KeyferryProcess again = keyferry("pause")) {
            assertThat(again.exitCode()).as(again.err()).isZero();
            assertThat(again.out()).contains("paused").contains("no sink runs now");
        }
        writeMalformed();

        try (KeyferryProcess run = keyferry("run", "--until-done", "--json", "--timeout", "200s")) {
            await().atMost(PATIENCE).until(() -> run.err().contains("paused by"));
            assertStandsStill(Duration.ofSeconds(3));
            assertThat(run.err()).contains("nothing is changed by it");

            answer("resume", "--json");
            assertThat(run.exitCode()).as(run.err()).isZero();
        }
    }

    private void writeMalformed() throws Exception {
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", sandbox.kafka().bootstrapServers()),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
            producer.send(new ProducerRecord<>(
                            "customers.control", "{\"kind\":\"pause\"}".getBytes(), "{\"paused\":false}".getBytes()))
                    .get();
        }
    }

    @Test
    void aThrottleHoldsForTheRequestsThatReachKmsUntilItIsTakenOff() throws Exception {
        try (KeyferryProcess run = keyferry("run", "--until-done", "--json", "--timeout", "200s")) {
            awaitUnderWay(run);

            JsonNode throttled = answer("throttle", "--max-requests-per-second", "40", "--json");
            assertThat(throttled.path("maxRequestsPerSecond").asInt()).isEqualTo(40);
            await().atMost(PATIENCE).until(() -> run.err().contains("throttled to 40 requests/s"));
            long begun = System.nanoTime();
            long before = requests();
            await().atMost(PATIENCE).until(() -> requests() > before + 160);
            double seconds = (System.nanoTime() - begun) / 1e9;
            assertThat((requests() - before) / seconds).as("requests a second").isBetween(15.0, 50.0);

            assertThat(answer("throttle", "--off", "--json")
                            .path("maxRequestsPerSecond")
                            .asInt())
                    .isEqualTo(250);
            assertThat(run.exitCode()).as(run.err()).isZero();
        }
    }

    @Test
    void whatHasNotRunYetCannotBeSteeredAndStatusStartsNoBroker() throws Exception {
        Path file = folder.resolve("migration.yaml");
        Files.writeString(
                folder.resolve("embedded.yaml"), Files.readString(file).replaceAll("kafka:\n.*\n", ""));
        try (KeyferryProcess status = keyferry("status", "embedded.yaml")) {
            assertThat(status.exitCode()).isEqualTo(1);
            assertThat(status.err()).contains("hosts the embedded broker");
            assertThat(folder.resolve("keyferry-data")).doesNotExist();
        }
        try (KeyferryProcess pause = keyferry("pause");
                KeyferryProcess throttle = keyferry("throttle", "--max-requests-per-second", "0")) {
            assertThat(pause.exitCode()).isEqualTo(2);
            assertThat(pause.err()).contains("has not run yet");
            assertThat(throttle.exitCode()).isEqualTo(2);
            assertThat(throttle.err()).contains("at least 1").contains("keyferry pause");
        }
    }
}
