package io.keyferry.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.keyferry.cli.demo.CommittedCustomers;
import io.keyferry.cli.demo.DemoKeys;
import io.keyferry.cli.demo.DemoProof;
import io.keyferry.cli.demo.DemoTable;
import io.keyferry.cli.demo.ProofFindings;
import io.keyferry.kms.KmsAccess;
import io.keyferry.sandbox.Sandbox;
import io.keyferry.servers.Servers;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;

/** {@code keyferry run} from migration.yaml, in processes of its own, against a sandbox. */
@Timeout(300)
class RunIT {

    private static final int ROWS = 2000;

    @TempDir
    private Path folder;

    private Sandbox sandbox;
    private CommittedCustomers committed;

    @BeforeEach
    void start() {
        sandbox = Servers.sandbox();
        DemoTable table = new DemoTable(
                sandbox.postgres()::connect,
                (plaintext, context) -> sandbox.kms().provisioning().encrypt(keys().source(), plaintext, context));
        table.create();
        committed = table.fill(ROWS);
    }

    @AfterEach
    void stop() {
        sandbox.close();
    }

    private KmsAccess access(String region) {
        URI endpoint = sandbox.kms().endpoint();
        return new KmsAccess(
                region,
                Optional.of(endpoint),
                Optional.of(StaticCredentialsProvider.create(AwsBasicCredentials.create("sandbox", "sandbox"))));
    }

    private DemoKeys keys() {
        String target = sandbox.targetKeyArn();
        return new DemoKeys(sandbox.sourceKeyArn(), target, target.replace(sandbox.region(), sandbox.replicaRegion()));
    }

    private ProofFindings proof() {
        return new DemoProof(
                        sandbox.postgres()::connect, access(sandbox.region()), access(sandbox.replicaRegion()), keys())
                .run(committed);
    }

    private void migrationFile(String ssnContext) throws IOException {
        Files.writeString(
                folder.resolve("migration.yaml"),
                CustomersFile.text(sandbox).replace("{customer_id: \"{id}\", purpose: ssn}", ssnContext));
    }

    private KeyferryProcess keyferry(String... arguments) throws IOException {
        return KeyferryProcess.start(folder, sandbox.environment(), arguments);
    }

    private static JsonNode json(KeyferryProcess process) throws IOException {
        return new ObjectMapper().readTree(process.out());
    }

    private void sql(String statement) {
        try (Connection connection = sandbox.postgres().connect();
                Statement sql = connection.createStatement()) {
            sql.execute(statement);
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }

    private String ask(String query) {
        try (Connection connection = sandbox.postgres().connect();
                Statement sql = connection.createStatement();
                ResultSet row = sql.executeQuery(query)) {
            row.next();
            return row.getString(1);
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void migratesATableUntilDoneAndTellsExactFigures() throws Exception {
        migrationFile("{customer_id: \"{id}\", purpose: ssn}");

        try (KeyferryProcess run = keyferry("run", "--until-done", "--json", "--timeout", "100s")) {
            assertThat(run.exitCode()).as(run.err()).isZero();

            JsonNode summary = json(run);
            assertThat(summary.path("state").asText()).isEqualTo("drained");
            assertThat(summary.path("rows").asLong()).isEqualTo(ROWS);
            assertThat(summary.path("values").asLong()).isEqualTo(2 * ROWS);
            assertThat(summary.path("outcomes").path("rewritten").asLong()).isEqualTo(2 * ROWS);
            assertThat(summary.path("outcomes").size()).isEqualTo(5);
            assertThat(summary.path("remaining").asLong()).isZero();
            // one a value, besides the sample of ten rows a column and the descriptions of two keys
            assertThat(summary.path("kmsRequests").asLong()).isBetween(2L * ROWS, 2L * ROWS + 30);
            assertThat(run.err()).contains(sandbox.targetKeyArn());
            assertThat(sandbox.kms().requests())
                    .as("nothing that would bring plaintext out of KMS")
                    .isEqualTo(
                            sandbox.kms().requests("ReEncrypt") + sandbox.kms().requests("DescribeKey"));
        }
        assertThat(proof().isPerfect()).isTrue();
        assertThat(ask("SELECT count(*) FROM pg_stat_user_tables WHERE relname = 'customers' AND n_tup_upd > " + ROWS))
                .as("one row version a row")
                .isEqualTo("0");
    }

    @Test
    void aRunThatIsKilledInTheMiddleAndStartedAgainEndsTheSame() throws Exception {
        migrationFile("{customer_id: \"{id}\", purpose: ssn}");
        sandbox.kms().quota(400);
        long before = sandbox.kms().requests("ReEncrypt");

        try (KeyferryProcess run = keyferry("run")) {
            await().atMost(Duration.ofSeconds(60)).until(() -> sandbox.kms().requests("ReEncrypt") > before + 1000);
            run.kill();
            run.exitCode();
        }
        try (KeyferryProcess run = keyferry("run")) {
            await().atMost(Duration.ofSeconds(60)).until(() -> sandbox.kms().requests("ReEncrypt") > before + 2000);
            run.terminate();
            assertThat(run.exitCode()).isEqualTo(143);
            assertThat(run.out()).contains("the next run goes on here");
        }
        sandbox.kms().quota(Double.POSITIVE_INFINITY);
        try (KeyferryProcess run = keyferry("run", "migration.yaml", "--until", "drained", "--json")) {
            assertThat(run.exitCode()).as(run.err()).isZero();

            JsonNode summary = json(run);
            JsonNode outcomes = summary.path("outcomes");
            long settled = 0;
            for (JsonNode outcome : outcomes) {
                settled += outcome.asLong();
            }
            assertThat(settled).isEqualTo(summary.path("values").asLong());
            assertThat(outcomes.path("deadLettered").asLong()).isZero();
        }

        assertThat(proof().isPerfect()).isTrue();
    }

    @Test
    void aPrimaryKeyChangeThatLeavesAToastedValueUnchangedEndsUnderTheTargetKey() throws Exception {
        migrationFile("{customer_id: \"{id}\", purpose: ssn}");
        // stored out of line and uncompressed, so that an UPDATE that leaves it alone does not bring it
        sql("ALTER TABLE customers ALTER COLUMN card SET STORAGE EXTERNAL");
        Path file = folder.resolve("migration.yaml");
        Files.writeString(file, Files.readString(file).replace("context: {customer_id: \"{id}\"}", ""));
        byte[] large = LargeValue.encrypt(access(sandbox.region()), keys().source());
        try (Connection connection = sandbox.postgres().connect();
                PreparedStatement update = connection.prepareStatement(
                        "UPDATE customers SET card = ?, ssn_encrypted = NULL WHERE id = 1")) {
            update.setBytes(1, large);
            update.executeUpdate();
        }
        sql("UPDATE customers SET card = NULL WHERE id > 1");

        try (KeyferryProcess run = keyferry("run")) {
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> !ask("SELECT count(*) FROM pg_replication_slots WHERE active")
                            .equals("0"));
            sql("UPDATE customers SET id = 1000001 WHERE id = 1");
            try (KeyferryProcess until = keyferry("run", "sink", "--until-done", "--json")) {
                assertThat(until.exitCode()).as(until.err() + run.err()).isZero();
            }
            run.terminate();
            run.exitCode();
        }

        byte[] now = HexFormat.of().parseHex(ask("SELECT encode(card, 'hex') FROM customers WHERE id = 1000001"));
        assertThat(LargeValue.decrypt(access(sandbox.replicaRegion()), keys().replica(), now))
                .isEqualTo(LargeValue.TEXT);
    }

    @Test
    void stagesInProcessesOfTheirOwnShareTheEmbeddedBroker() throws Exception {
        migrationFile("{customer_id: \"{id}\", purpose: ssn}");

        try (KeyferryProcess snapshot = keyferry("run", "snapshot");
                KeyferryProcess processor = keyferry("run", "stream-processor");
                KeyferryProcess sink = keyferry("run", "sink", "--until-done", "--json", "--timeout", "100s")) {
            assertThat(sink.exitCode())
                    .as(sink.err() + snapshot.err() + processor.err())
                    .isZero();
            assertThat(json(sink).path("outcomes").path("rewritten").asLong()).isEqualTo(2 * ROWS);
        }

        assertThat(proof().isPerfect()).isTrue();
    }

    @Test
    void oneWrongValueIsNamedAndTheRestIsDone() throws Exception {
        migrationFile("{customer_id: \"{id}\", purpose: ssn}");
        sql("UPDATE customers SET ssn_encrypted = (SELECT ssn_encrypted FROM customers WHERE id = 2) WHERE id = 1");

        try (KeyferryProcess run = keyferry("run", "--until-done", "--json", "--timeout", "100s")) {
            assertThat(run.exitCode()).as(run.err()).isEqualTo(1);

            JsonNode summary = json(run);
            assertThat(summary.path("outcomes").path("deadLettered").asLong()).isEqualTo(1);
            assertThat(summary.path("outcomes").path("rewritten").asLong()).isEqualTo(2 * ROWS - 1);
            assertThat(summary.path("remainingByColumn")
                            .path("public.customers.ssn_encrypted")
                            .asLong())
                    .isEqualTo(1);
            assertThat(run.err()).contains("customers.dead-letters");
        }
    }

    @Test
    void refusesToStartWhereNoSampledValueCanBeReEncryptedAndTouchesNothing() throws Exception {
        migrationFile("{customer: \"{id}\"}");

        try (KeyferryProcess run = keyferry("run")) {
            assertThat(run.exitCode()).as(run.err()).isEqualTo(2);
            assertThat(run.err()).contains("public.customers.ssn_encrypted").contains("wrong-context");
        }

        assertThat(ask("SELECT count(*) FROM pg_replication_slots")).isEqualTo("0");
        assertThat(ask("SELECT count(*) FROM pg_publication")).isEqualTo("0");
        assertThat(folder.resolve("keyferry-data")).doesNotExist();
    }

    @Test
    void tellsAllThatIsWrongWithTheFileAndTheCommandLineWithExitCodeTwo() throws Exception {
        Files.writeString(folder.resolve("migration.yaml"), "name: Not A Name\ntabels: []\n");

        try (KeyferryProcess run = keyferry("run");
                KeyferryProcess unknown = keyferry("run", "migration.yaml", "snapshoot");
                KeyferryProcess missing = keyferry("run", "nowhere.yaml")) {
            assertThat(run.exitCode()).isEqualTo(2);
            assertThat(run.err())
                    .contains("name")
                    .contains("tabels")
                    .contains("database")
                    .contains("keys");
            assertThat(unknown.exitCode()).isEqualTo(2);
            assertThat(unknown.err()).contains("snapshoot");
            assertThat(missing.exitCode()).isEqualTo(2);
            assertThat(missing.err()).contains("nowhere.yaml");
        }
    }

    @Test
    void theSandboxTellsItsVariablesOnceEverythingAnswersAndEndsOnSigterm() throws Exception {
        Path file = folder.resolve("sandbox.env");

        try (KeyferryProcess process =
                KeyferryProcess.start(folder, Map.of(), "sandbox", "--data", "data", "--env-file", file.toString())) {
            await().atMost(Duration.ofSeconds(60)).until(() -> Files.exists(file));
            assertThat(Files.readAllLines(file))
                    .allMatch(line -> line.matches("export [A-Z_]+='.+'"))
                    .hasSize(16);
            process.terminate();
            assertThat(process.exitCode()).isEqualTo(143);
            assertThat(process.out()).isEqualTo(Files.readString(file));
        }
    }
}
