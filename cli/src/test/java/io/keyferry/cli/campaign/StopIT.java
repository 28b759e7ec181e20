package io.keyferry.cli.campaign;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.keyferry.sandbox.kms.Fault;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/** SIGTERM in the middle of the work, whatever a stage is waiting for, and that the next run goes on. */
@Timeout(500)
class StopIT {

    private static final int ROWS = 3000;
    private static final int RATE = 400;
    /** Half a second's worth of requests. */
    private static final int BATCH = RATE / 2;
    /** Which is asked of KMS once more at every start: of nine, four of them at once. */
    private static final long SAMPLES = 9 * 10;
    /** What a stop breaks off, in six runs, and what two stream-processors that join another take over from it. */
    private static final long REPEATED = (6 + 2) * BATCH;

    private static final Duration LONG = Duration.ofSeconds(120);
    private static final Duration LIMIT = Duration.ofSeconds(10);

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    private Path folder;

    private Site site;
    private int logs;

    @Test
    void endsWithinTenSecondsWhateverItWaitsForAndRepeatsNoMoreThanTheLastBatch() throws Exception {
        try (Site open = new Site(folder)) {
            site = open;
            fill();
            Files.writeString(folder.resolve("migration.yaml"), """
                    name: stopped
                    database:
                      url: %s
                      credentials: {user: %s, passwordEnv: DATABASE_PASSWORD}
                    keys:
                      region: %s
                      source: [%s]
                      target: %s
                      maxRequestsPerSecond: %d
                    kafka: {bootstrapServers: "%s"}
                    tables:
                      - table: public.secrets
                        columns: [{column: secret, encoding: base64}]
                    """.formatted(
                            site.databaseUrl().replaceFirst("\\?.*", ""),
                            site.user(),
                            Site.REGION,
                            site.sourceKey(),
                            site.targetKey(),
                            RATE,
                            site.bootstrapServers()));

            stoppedWhileTheSlotWaitsForAnOpenTransaction();
            stoppedWhileRowsAreLockedAndKmsThrottles();
            stoppedWhileKmsHangs();
            stoppedWhileKafkaHangs();
            stoppedWhileTheDatabaseHangs();

            try (OwnProcess last = start("--until-done", "--timeout", "100s")) {
                await().atMost(LONG).until(() -> !last.isAlive());
                assertThat(last.exitCode()).as(log(logs)).isZero();
            }
            assertThat(ask("SELECT count(*) FROM secrets WHERE secret = was")).isEqualTo("0");
            assertThat(site.kms().requests("ReEncrypt", "Success"))
                    .as("requests to KMS for " + ROWS + " values")
                    .isBetween((long) ROWS, ROWS + SAMPLES + REPEATED);
        }
    }

    private void stoppedWhileTheSlotWaitsForAnOpenTransaction() throws SQLException {
        try (Connection application = site.connect("application");
                Statement statement = application.createStatement();
                OwnProcess run = start()) {
            application.setAutoCommit(false);
            statement.execute("SELECT 1 FROM secrets WHERE id = 1 FOR UPDATE");
            await().atMost(LONG)
                    .until(() -> !ask("SELECT count(*) FROM pg_stat_activity"
                                    + " WHERE query LIKE 'CREATE_REPLICATION_SLOT%' AND wait_event_type = 'Lock'")
                            .equals("0"));
            assertAllEnd(List.of(run));
        }
    }

    private void stoppedWhileRowsAreLockedAndKmsThrottles() throws SQLException {
        try (OwnProcess run = start()) {
            site.kms().quota(RATE / 2.0);
            awaitRequests(100);
            try (Connection application = site.connect("application");
                    Statement statement = application.createStatement()) {
                application.setAutoCommit(false);
                statement.execute(
                        "SELECT 1 FROM secrets WHERE secret = was ORDER BY id LIMIT 300" + " FOR UPDATE SKIP LOCKED");
                await().atMost(LONG)
                        .until(() -> !ask("SELECT count(*) FROM pg_locks WHERE NOT granted")
                                .equals("0"));
                assertAllEnd(List.of(run));
            }
        } finally {
            site.kms().quota(RATE * 2);
        }
    }

    private void stoppedWhileKmsHangs() {
        try (OwnProcess run = start()) {
            awaitRequests(600);
            site.kms().faults().fraction(1, "ReEncrypt", Fault.hang());
            await().atMost(LONG).until(() -> site.kms().requests("ReEncrypt", "Hang") > 20);
            assertAllEnd(List.of(run));
        } finally {
            site.kms().faults().clear();
        }
    }

    private void stoppedWhileKafkaHangs() {
        try (OwnProcess all = start();
                OwnProcess snapshot = start("snapshot");
                OwnProcess processor = start("stream-processor");
                OwnProcess sink = start("sink")) {
            List<OwnProcess> processes = List.of(all, snapshot, processor, sink);
            int first = logs - 3;
            await().atMost(LONG).until(() -> List.of(0, 1, 2, 3).stream().allMatch(i -> isAtWork(first + i)));
            awaitRequests(1200);
            site.kafkaProxy().stall();
            assertAllEnd(processes);
        } finally {
            site.kafkaProxy().resume();
            site.kafkaProxy().cut();
        }
    }

    private void stoppedWhileTheDatabaseHangs() {
        try (OwnProcess run = start()) {
            int log = logs;
            await().atMost(LONG).until(() -> isAtWork(log));
            awaitRequests(1500);
            site.postgresProxy().stall();
            assertAllEnd(List.of(run));
        } finally {
            site.postgresProxy().resume();
            site.postgresProxy().cut();
        }
    }

    private void fill() throws SQLException {
        site.sql("CREATE TABLE secrets (id bigint PRIMARY KEY, secret text, was text)");
        for (int from = 1; from <= ROWS; from += 500) {
            List<String> rows = new ArrayList<>();
            for (int id = from; id < from + 500; id++) {
                byte[] text = ("value " + id).getBytes(StandardCharsets.UTF_8);
                rows.add("(" + id + ", '"
                        + Base64.getEncoder()
                                .encodeToString(site.kms().provisioning().encrypt(site.sourceKey(), text, Map.of()))
                        + "')");
            }
            site.sql("INSERT INTO secrets (id, secret) VALUES " + String.join(",", rows));
        }
        site.sql("UPDATE secrets SET was = secret");
    }

    private OwnProcess start(String... words) {
        List<String> arguments = new ArrayList<>(List.of("run", "migration.yaml"));
        arguments.addAll(List.of(words));
        logs++;
        return OwnProcess.start(
                folder, logFile(logs), new HashMap<>(site.environment()), "io.keyferry.cli.Main", arguments);
    }

    private Path logFile(int number) {
        return folder.resolve("run-" + number + ".log");
    }

    private String log(int number) {
        try {
            return Files.readString(logFile(number));
        } catch (java.io.IOException e) {
            throw new AssertionError(e);
        }
    }

    /** It shows its progress. */
    private boolean isAtWork(int log) {
        return log(log).contains(" values, ");
    }

    private void awaitRequests(long successes) {
        await().atMost(LONG).until(() -> site.kms().requests("ReEncrypt", "Success") >= successes);
    }

    private String ask(String query) throws SQLException {
        try (Connection connection = site.connect("test");
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(query)) {
            row.next();
            return row.getString(1);
        }
    }

    private void assertAllEnd(List<OwnProcess> processes) {
        long begun = System.nanoTime();
        processes.forEach(OwnProcess::askToEnd);
        for (OwnProcess process : processes) {
            process.awaitEnd();
            assertThat(Duration.ofNanos(System.nanoTime() - begun))
                    .as(log(logs))
                    .isLessThan(LIMIT);
            assertThat(process.exitCode()).isEqualTo(143);
        }
        System.out.printf("ended after %d ms%n", (System.nanoTime() - begun) / 1_000_000);
    }
}
