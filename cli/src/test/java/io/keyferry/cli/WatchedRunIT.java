package io.keyferry.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.keyferry.cli.demo.DemoTable;
import io.keyferry.cli.http.Exposition;
import io.keyferry.sandbox.Proxy;
import io.keyferry.sandbox.Sandbox;
import io.keyferry.sandbox.kms.Fault;
import io.keyferry.sandbox.kms.Faults;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a run serves over HTTP, from its start to its end, in a process of its own. */
@Timeout(600)
class WatchedRunIT {

    private static final int ROWS = 500;
    private static final Duration LONG = Duration.ofSeconds(120);
    private static final Path DOCUMENTED = Path.of("..", "docs", "metrics.md");
    private static final Pattern METRIC =
            Pattern.compile("^\\| `(keyferry_[a-z_]+)` \\| (counter|gauge|histogram|summary)");

    private static Sandbox sandbox;
    private static Proxy database;

    @TempDir
    private Path folder;

    @BeforeAll
    static void start() {
        sandbox = Sandbox.start(null);
        database = new Proxy(sandbox.postgres().port());
        DemoTable table = new DemoTable(
                sandbox.postgres()::connect,
                (plaintext, context) ->
                        sandbox.kms().provisioning().encrypt(sandbox.sourceKeyArn(), plaintext, context));
        table.create();
        table.fill(ROWS);
    }

    @AfterAll
    static void stop() {
        database.close();
        sandbox.close();
    }

    private void migrationFile(int port) throws IOException {
        Files.writeString(folder.resolve("migration.yaml"), """
                name: watched
                database:
                  url: %s
                  credentials: {user: %s, passwordEnv: PGPASSWORD}
                keys:
                  region: %s
                  source: [%s]
                  target: %s
                  replicas: [%s]
                  maxRequestsPerSecond: 200
                kafka: {bootstrapServers: "%s"}
                tables:
                  - table: public.customers
                    columns:
                      - {column: ssn_encrypted, encoding: base64, context: {customer_id: "{id}", purpose: ssn}}
                      - {column: card, encoding: raw, context: {customer_id: "{id}"}}
                http: {port: %d}
                """.formatted(
                sandbox.postgres().jdbcUrl().replace(":" + sandbox.postgres().port(), ":" + database.port()),
                sandbox.postgres().user(),
                sandbox.region(),
                sandbox.sourceKeyArn(),
                sandbox.targetKeyArn(),
                sandbox.replicaRegion(),
                sandbox.kafka().bootstrapServers(),
                port));
    }

    private KeyferryProcess keyferry(String... arguments) throws IOException {
        return KeyferryProcess.start(folder, sandbox.environment(), arguments);
    }

    private static void writeUnderTheSourceKey(int id) throws SQLException {
        byte[] card = sandbox.kms()
                .provisioning()
                .encrypt(sandbox.sourceKeyArn(), new byte[] {1, 2, 3}, Map.of("customer_id", String.valueOf(id)));
        sql("UPDATE customers SET card = decode('" + Base64.getEncoder().encodeToString(card)
                + "', 'base64') WHERE id = " + id);
    }

    private static void sql(String statement) throws SQLException {
        try (Connection connection = sandbox.postgres().connect();
                Statement sql = connection.createStatement()) {
            sql.execute(statement);
        }
    }

    private static void awaitReady(Probe probe) {
        await().atMost(LONG)
                .untilAsserted(() -> assertThat(probe.ready().body()).contains("\"status\":\"up\""));
        assertThat(probe.ready().statusCode()).isEqualTo(200);
        assertThat(probe.ready().body()).contains("reading changes", "re-encrypting");
    }

    private static void awaitWaiting(Probe probe, String stage, String... words) {
        await().atMost(LONG).untilAsserted(() -> {
            JsonNode health = probe.stage(stage);
            assertThat(health.path("ready").asBoolean(true))
                    .as(health.toString())
                    .isFalse();
            assertThat(health.path("detail").asText()).contains(words);
        });
        assertThat(probe.ready().statusCode()).isEqualTo(503);
        assertThat(probe.live().statusCode())
                .as("trouble that waits is no failure")
                .isEqualTo(200);
    }

    @Test
    void isProbedAndScrapedThroughAMigrationWithTroubleUntilItFails() throws Exception {
        migrationFile(0);

        try (KeyferryProcess run = keyferry("run")) {
            Probe probe = Probe.of(run);
            awaitAtWork(probe);
            awaitReady(probe);
            tellsWhatItHasDone(probe);
            anotherInstanceStandsBy();
            waitsForKmsAndGoesOn(probe);
            waitsForTheDatabaseAndGoesOn(probe);
            isNotLiveOnceItHasFailed(run, probe);
        }
    }

    /** From the start it is live, and its figures move while it works. */
    private void awaitAtWork(Probe probe) {
        assertThat(probe.live().statusCode()).isEqualTo(200);
        assertThat(probe.ready().statusCode()).isEqualTo(503);
        await().atMost(LONG).untilAsserted(() -> {
            double done = probe.scrape().sum("keyferry_values_total", Map.of("outcome", "rewritten"));
            assertThat(done).isBetween(1.0, 2.0 * ROWS - 1);
        });
        Exposition working = probe.scrape();
        assertThat(working.sum("keyferry_kms_rate_limit")).isBetween(1.0, 200.0);
    }

    private void tellsWhatItHasDone(Probe probe) throws IOException {
        await().atMost(LONG)
                .until(() -> probe.scrape().sum("keyferry_sweep_drained") == 1
                        && probe.scrape().sum("keyferry_lag_records") == 0
                        && probe.scrape().sum("keyferry_slot_lag_bytes") >= 0);
        Exposition now = probe.scrape();

        assertThat(now.sum("keyferry_seen_total")).isEqualTo(2 * ROWS);
        assertThat(now.sum("keyferry_values_total")).isEqualTo(2 * ROWS);
        assertThat(now.sum("keyferry_values_total", Map.of("outcome", "rewritten", "column", "card")))
                .isEqualTo(ROWS);
        assertThat(now.sum("keyferry_snapshot_rows")).isEqualTo(ROWS);
        assertThat(now.sum("keyferry_snapshot_complete")).isEqualTo(1);
        assertThat(now.sum("keyferry_sweep_remaining_values")).isZero();
        assertThat(now.sum("keyferry_sweep_ended_timestamp_seconds"))
                .isBetween(System.currentTimeMillis() / 1000.0 - 120, System.currentTimeMillis() / 1000.0 + 1);
        assertThat(now.sum("keyferry_kms_requests_total")).isBetween(2.0 * ROWS, 10.0 * ROWS);
        assertThat(now.sum("keyferry_kms_request_seconds_count"))
                .isEqualTo(now.sum("keyferry_kms_requests_total") - now.sum("keyferry_kms_in_flight"));
        assertThat(now.sum("keyferry_sink_batch_rows_sum")).isEqualTo(ROWS);
        assertThat(now.sum("keyferry_sink_batch_seconds_count")).isPositive();
        assertThat(now.samples("keyferry_lag_records", Map.of())).hasSize(2);
        assertThat(now.sum("keyferry_slot_retained_wal_bytes")).isPositive();
        assertThat(now.sum("keyferry_stage_ready")).isEqualTo(3);
        assertThat(now.sum("keyferry_stage_live")).isEqualTo(3);
        assertThat(now.sum("keyferry_dead_letters_total")).isZero();
        tellsWhatItsPartsMeasure(now);
        tellsExactlyWhatTheDocumentationLists(now);
        answersAtOnce(probe);
    }

    private void tellsWhatItsPartsMeasure(Exposition now) {
        assertThat(now.sum("jvm_memory_used_bytes")).isPositive();
        assertThat(now.sum("process_uptime_seconds")).isPositive();
        assertThat(now.sum("kafka_consumer_fetch_manager_records_consumed_total"))
                .isPositive();
        assertThat(now.samples("kafka_consumer_fetch_manager_records_lag", Map.of()))
                .isNotEmpty();
        assertThat(now.sum("kafka_producer_record_send_total")).isPositive();
        assertThat(now.sum("kafka_admin_client_connection_creation_total")).isPositive();
        assertThat(now.samples("kafka_producer_record_send_total", Map.of("client_id", "watched.snapshot")))
                .as("the snapshot stage's producer")
                .hasSize(1);
        assertThat(now.sum("kafka_stream_thread_process_total")).isPositive();
        assertThat(now.sum("debezium_metrics_Connected", Map.of("context", "streaming")))
                .isEqualTo(1);
        assertThat(now.samples("debezium_metrics_MilliSecondsBehindSource", Map.of("name", "watched")))
                .isNotEmpty();
        assertThat(now.types())
                .containsKeys(
                        "debezium_metrics_TotalNumberOfEventsSeen",
                        "debezium_metrics_QueueRemainingCapacity",
                        "debezium_metrics_SnapshotCompleted");
    }

    private void tellsExactlyWhatTheDocumentationLists(Exposition now) throws IOException {
        Map<String, String> documented = Files.readAllLines(DOCUMENTED).stream()
                .map(METRIC::matcher)
                .filter(Matcher::find)
                .collect(Collectors.toMap(row -> row.group(1), row -> row.group(2)));
        Set<String> told = new TreeSet<>(now.types().keySet());
        told.removeIf(name -> !name.startsWith("keyferry_")
                || name.endsWith("_max") && now.types().containsKey(name.replaceAll("_max$", "")));

        assertThat(told).isEqualTo(new TreeSet<>(documented.keySet()));
        documented.forEach((name, type) -> {
            assertThat(now.types().get(name)).as(name).isEqualTo(type);
            assertThat(now.help(name)).as(name).isNotBlank();
        });
    }

    private void answersAtOnce(Probe probe) {
        long begun = System.nanoTime();
        for (int n = 0; n < 10; n++) {
            probe.metrics();
        }
        assertThat(Duration.ofNanos((System.nanoTime() - begun) / 10))
                .as("a scrape; 50 ms on a machine that does nothing else")
                .isLessThan(Duration.ofMillis(500));
    }

    /** A second snapshot stage is ready, tells the same of the whole migration, and nothing of an engine it has not. */
    private void anotherInstanceStandsBy() throws Exception {
        try (KeyferryProcess second = keyferry("run", "migration.yaml", "snapshot")) {
            Probe probe = Probe.of(second);

            await().atMost(LONG)
                    .untilAsserted(() -> assertThat(probe.ready().body())
                            .contains("{\"live\":true,\"ready\":true,\"detail\":\"another instance is active"));
            assertThat(probe.ready().statusCode()).isEqualTo(200);
            await().atMost(LONG).until(() -> probe.scrape().sum("keyferry_seen_total") == 2 * ROWS);
            assertThat(probe.scrape().types().keySet())
                    .noneMatch(name -> name.startsWith("debezium") || name.startsWith("keyferry_slot"))
                    .doesNotContain("keyferry_lag_records", "keyferry_sink_batch_rows");
        }
    }

    private void waitsForKmsAndGoesOn(Probe probe) throws SQLException {
        sandbox.kms().faults().fraction(1, Faults.ANY_OPERATION, Fault.error("KMSInternalException", 500));
        writeUnderTheSourceKey(1);
        awaitWaiting(probe, "stream-processor", "KMS is asked again");

        sandbox.kms().faults().clear();
        awaitReady(probe);
    }

    private void waitsForTheDatabaseAndGoesOn(Probe probe) {
        database.stall();
        awaitWaiting(probe, "sink", "database");
        awaitWaiting(probe, "snapshot", "again after trouble");
        assertThat(probe.scrape().sum("keyferry_stage_ready", Map.of("stage", "sink")))
                .isZero();

        database.cut();
        database.resume();
        awaitReady(probe);
        await().atMost(LONG)
                .untilAsserted(() -> assertThat(
                                probe.scrape().sum("debezium_metrics_Connected", Map.of("context", "streaming")))
                        .isEqualTo(1));
    }

    /** A key that is disabled ends the stage; while the others are closed, the process is there and not live. */
    private void isNotLiveOnceItHasFailed(KeyferryProcess run, Probe probe) throws Exception {
        sandbox.kms().faults().fraction(1, "ReEncrypt", Fault.error("DisabledException", 400));
        writeUnderTheSourceKey(2);
        await().pollInterval(Duration.ofMillis(20))
                .atMost(LONG)
                .until(() -> probe.live().statusCode() == 503);
        sandbox.kms().faults().clear();

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("disabled");
    }

    @Test
    void aPortThatIsTakenIsSaidBeforeAnythingStarts() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            migrationFile(taken.getLocalPort());

            try (KeyferryProcess run = keyferry("run")) {
                assertThat(run.exitCode()).isEqualTo(2);
                assertThat(run.err())
                        .contains(
                                "127.0.0.1:" + taken.getLocalPort(),
                                "another process listens there",
                                "KEYFERRY_HTTP_PORT")
                        .doesNotContain("\tat ");
                assertThat(List.of(run.out().split("\n"))).hasSize(1);
            }
        }
    }
}
