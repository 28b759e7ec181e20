package io.keyferry.cli.campaign;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.keyferry.cli.demo.CommittedCustomers;
import io.keyferry.cli.demo.DemoApplication;
import io.keyferry.cli.demo.DemoKeys;
import io.keyferry.cli.demo.DemoProof;
import io.keyferry.cli.demo.DemoTable;
import io.keyferry.kms.KmsAccess;
import io.keyferry.model.Progress;
import io.keyferry.sandbox.Sandbox;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;

/** Two instances of each stage, each in a process of its own, of which one of each is killed under live writes. */
@Timeout(240)
class SeparateStagesIT {

    private static final int ROWS = 2000;
    private static final int WRITES = 40;
    private static final int CEILING = 600;
    private static final Duration LONG = Duration.ofSeconds(90);

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    private Path folder;

    private Sandbox sandbox;

    /** A stage's process. It may write to its temporary folder, and nowhere else. */
    private final class Instance {

        private final Path log;
        private final OwnProcess process;

        private Instance(String stage, int number) throws IOException {
            log = folder.resolve(stage + "-" + number + ".log");
            Path temporary = Files.createDirectories(folder.resolve("tmp-" + stage + "-" + number));
            Map<String, String> environment = new HashMap<>(sandbox.environment());
            environment.put("KEYFERRY_DATABASE_URL", sandbox.postgres().jdbcUrl());
            environment.put("KEYFERRY_KAFKA_BOOTSTRAP_SERVERS", sandbox.kafka().bootstrapServers());
            environment.put("KEYFERRY_KEYS_MAX_REQUESTS_PER_SECOND", String.valueOf(CEILING));
            process = OwnProcess.start(
                    configuration(),
                    log,
                    environment,
                    List.of("-Xmx256m", "-Dlogback.configurationFile=logback.xml", "-Djava.io.tmpdir=" + temporary),
                    "io.keyferry.cli.Main",
                    List.of("run", stage));
        }

        private String said() {
            try {
                return Files.readString(log);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private boolean saysLast(String word) {
            return said().lines()
                    .filter(line -> line.contains("KMS requests"))
                    .reduce("", (before, line) -> line)
                    .contains(word);
        }
    }

    private Path configuration() {
        return folder.resolve("configuration");
    }

    @Test
    void migrateTheDemosTableWithOneOfEachKilledUnderLiveWrites() throws Exception {
        try (Sandbox open = Sandbox.start(null)) {
            sandbox = open;
            DemoTable table = new DemoTable(
                    sandbox.postgres()::connect,
                    (plaintext, context) -> sandbox.kms().provisioning().encrypt(keys().source(), plaintext, context));
            table.create();
            CommittedCustomers committed = table.fill(ROWS);
            writeConfiguration();
            try (DemoApplication application =
                    new DemoApplication(sandbox.postgres()::connect, access(sandbox.region()), keys(), committed)) {
                application.start(WRITES);
                migrate(application);
            }
            assertThat(new DemoProof(
                                    sandbox.postgres()::connect,
                                    access(sandbox.region()),
                                    access(sandbox.replicaRegion()),
                                    keys())
                            .run(committed)
                            .isPerfect())
                    .isTrue();
            try (Stream<Path> files = Files.list(configuration())) {
                assertThat(files).as("nothing written beside the configuration").hasSize(1);
            }
        }
    }

    private void migrate(DemoApplication application) throws Exception {
        List<Instance> all = new ArrayList<>();
        try (Accounts accounts = new Accounts("demo", sandbox.kafka().bootstrapServers())) {
            for (int number = 1; number <= 2; number++) {
                for (String stage : List.of("snapshot", "stream-processor", "sink")) {
                    all.add(new Instance(stage, number));
                }
            }
            List<Instance> processors = List.of(all.get(1), all.get(4));
            await().atMost(LONG)
                    .until(() -> processors.stream().allMatch(instance -> instance.saysLast("50% of 600/s")));
            await().atMost(LONG).until(() -> sandbox.kms().requests("ReEncrypt") > ROWS / 2);
            assertThat(all.get(0).said())
                    .contains("override   keys.maxRequestsPerSecond")
                    .contains("KEYFERRY_KEYS_MAX_REQUESTS_PER_SECOND");
            Instance waiting = all.get(0).said().contains("another instance is active") ? all.get(0) : all.get(3);
            Instance active = waiting == all.get(0) ? all.get(3) : all.get(0);
            assertThat(waiting.said()).contains("another instance is active");
            String before = ask("SELECT active_pid FROM pg_replication_slots WHERE active");
            assertThat(before).as("the slot is read").isNotNull();

            long killed = System.nanoTime();
            List.of(active, all.get(1), all.get(2)).forEach(instance -> instance.process.kill());
            await().atMost(LONG)
                    .until(() -> ask("SELECT active_pid FROM pg_replication_slots"
                                    + " WHERE active_pid IS NOT NULL AND active_pid <> " + before)
                            != null);
            System.out.printf("the other snapshot took over after %d ms%n", (System.nanoTime() - killed) / 1_000_000);
            await().atMost(LONG).until(() -> all.get(4).saysLast("at most 600/s"));

            application.switchToTargetKey();
            awaitDrained(accounts, 0);
            application.stop();
            awaitDrained(accounts, accounts.sweep().orElseThrow().number() + 1);
            await().atMost(LONG).until(() -> accounts.told().balanced());
            List<Instance> left = List.of(waiting, all.get(4), all.get(5));
            left.forEach(instance -> instance.process.askToEnd());
            for (Instance instance : left) {
                instance.process.awaitEnd();
                assertThat(instance.process.exitCode()).as(instance.said()).isEqualTo(143);
            }
        } finally {
            all.forEach(instance -> instance.process.close());
        }
    }

    private static void awaitDrained(Accounts accounts, long after) {
        await().atMost(LONG)
                .until(() -> accounts.sweep()
                        .filter(sweep -> sweep.number() > after)
                        .filter(Progress.Sweep::drained)
                        .isPresent());
    }

    /** What is the same in every place; the rest is said by variables. */
    private void writeConfiguration() throws IOException {
        Files.createDirectories(configuration());
        Files.writeString(configuration().resolve("migration.yaml"), """
                name: demo
                database:
                  url: jdbc:postgresql://nowhere.invalid/app
                  credentials: {secretsManager: "%s"}
                keys:
                  region: %s
                  source: [%s]
                  target: %s
                  maxRequestsPerSecond: 10
                tables:
                  - table: public.customers
                    columns:
                      - column: ssn_encrypted
                        encoding: base64
                        context: {customer_id: "{id}", purpose: ssn}
                      - column: card
                        encoding: raw
                        context: {customer_id: "{id}"}
                """.formatted(
                        sandbox.secretArn(), sandbox.region(), sandbox.sourceKeyArn(), sandbox.targetKeyArn()));
    }

    private DemoKeys keys() {
        String target = sandbox.targetKeyArn();
        return new DemoKeys(sandbox.sourceKeyArn(), target, target.replace(sandbox.region(), sandbox.replicaRegion()));
    }

    private KmsAccess access(String region) {
        return new KmsAccess(
                region,
                Optional.of(sandbox.kms().endpoint()),
                Optional.of(StaticCredentialsProvider.create(AwsBasicCredentials.create("sandbox", "sandbox"))));
    }

    private String ask(String query) throws SQLException {
        try (Connection connection = sandbox.postgres().connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(query)) {
            return row.next() ? row.getString(1) : null;
        }
    }
}
