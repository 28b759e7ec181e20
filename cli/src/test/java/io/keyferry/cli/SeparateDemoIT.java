package io.keyferry.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.keyferry.sandbox.SandboxKafka;
import io.keyferry.sandbox.SandboxPostgres;
import io.keyferry.servers.Servers;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.kms.KmsClient;
import software.amazon.awssdk.services.kms.model.KeyState;

/** The demo in parts, each in a process of its own, as docker-compose.yml starts them. */
@Timeout(300)
class SeparateDemoIT {

    private static final Pattern EXPORT = Pattern.compile("export (\\w+)='(.*)'");

    private final SandboxPostgres postgres = Servers.postgres();
    private final SandboxKafka kafka = Servers.kafka();
    private final Map<String, String> environment = new HashMap<>();

    @TempDir
    private Path folder;

    private KeyferryProcess kms;

    @BeforeEach
    void startTheLocalKmsAlone() throws IOException {
        kms = keyferry("sandbox", "--only", "kms", "--data", "kms", "--env-file", "kms.env");
        Path exports = folder.resolve("kms.env");
        await().atMost(Duration.ofSeconds(30)).until(() -> Files.exists(exports));
        for (String line : Files.readAllLines(exports)) {
            Matcher export = EXPORT.matcher(line);
            assertThat(export.matches()).isTrue();
            environment.put(export.group(1), export.group(2));
        }
        environment.put("PGPASSWORD", postgres.password());
    }

    @AfterEach
    void stop() {
        kms.close();
        kafka.close();
        postgres.close();
    }

    @Test
    void provesAMigrationUnderALiveApplicationAcrossProcesses() throws Exception {
        seed();
        try (KeyferryProcess live = keyferry("demo", "live", "--live-writes-per-second", "100")) {
            await().atMost(Duration.ofSeconds(60)).until(() -> customersChanged() > 150);
            live.kill();
            live.exitCode();
        }
        try (KeyferryProcess live = keyferry("demo", "live", "--live-writes-per-second", "100");
                KeyferryProcess run = keyferry("run", "migration.yaml", "--until-done", "--json")) {
            long before = customersChanged();
            await().atMost(Duration.ofSeconds(120)).until(() -> !live.isAlive() || customersChanged() > before + 150);
            assertThat(live.isAlive()).as(live.out() + live.err()).isTrue();
            live.terminate();
            assertThat(live.exitCode()).isEqualTo(143);
            assertThat(live.out()).contains(" 0 of them wrong").doesNotContainPattern(" [1-9]\\d* of them wrong");
            assertThat(run.exitCode()).as(run.err()).isZero();
        }

        JsonNode proof = proof();
        assertThat(proof.path("undecryptable").asLong()).isZero();
        assertThat(proof.path("lostWrites").asLong()).isZero();
        assertThat(proof.path("values").asLong())
                .isEqualTo(2 * proof.path("rows").asLong());
        assertThat(proof.path("rows").asLong()).isEqualTo(ask("SELECT count(*) FROM customers"));
        assertThat(stateOfTheSourceKey()).as("so that the demo can go on").isEqualTo(KeyState.ENABLED);
    }

    private void seed() throws Exception {
        try (KeyferryProcess seed = keyferry(
                "demo",
                "seed",
                "--database-url",
                postgres.jdbcUrl(),
                "--user",
                postgres.user(),
                "--kafka",
                kafka.bootstrapServers(),
                "--rows",
                "1000")) {
            assertThat(seed.exitCode()).as(seed.err()).isZero();
        }
    }

    private JsonNode proof() throws Exception {
        try (KeyferryProcess prove = keyferry("demo", "prove", "--timeout", "60s", "--json")) {
            assertThat(prove.exitCode()).as(prove.err()).isZero();
            return new ObjectMapper().readTree(prove.out());
        }
    }

    private KeyferryProcess keyferry(String... arguments) throws IOException {
        return KeyferryProcess.start(folder, environment, arguments);
    }

    private long customersChanged() {
        return ask("SELECT count(*) FROM customers WHERE updated_at > (SELECT min(updated_at) FROM customers)");
    }

    private long ask(String query) {
        try (Connection connection = postgres.connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(query)) {
            row.next();
            return row.getLong(1);
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }

    private KeyState stateOfTheSourceKey() {
        try (KmsClient client = KmsClient.builder()
                .endpointOverride(URI.create(environment.get("AWS_ENDPOINT_URL_KMS")))
                .region(Region.of(environment.get("AWS_REGION")))
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("demo", "demo")))
                .httpClientBuilder(UrlConnectionHttpClient.builder())
                .build()) {
            return client.describeKey(request -> request.keyId("alias/keyferry-demo-source"))
                    .keyMetadata()
                    .keyState();
        }
    }
}
