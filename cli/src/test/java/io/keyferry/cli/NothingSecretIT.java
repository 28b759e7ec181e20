package io.keyferry.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.keyferry.cli.PipelineBench.Place;
import io.keyferry.sandbox.SandboxPostgres;
import io.keyferry.servers.Servers;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Everything that a full run and the commands after it write, with more log than usual, searched for plaintexts and passwords. */
@Timeout(300)
class NothingSecretIT {

    private static final int ROWS = 60;
    private static final String PLAINTEXT = "Tr0ub4dor-";
    private static final String PASSWORD = "correct-horse-battery";
    private static final String TOKEN = "a-token-of-the-dashboard";
    /** Each with its output for people or for scripts; both come from the same figures. */
    private static final List<String> COMMANDS = List.of(
            "check people.yaml",
            "policy people.yaml",
            "status people.yaml",
            "dead-letters list people.yaml",
            "dead-letters show people.yaml",
            "dead-letters retry people.yaml --yes",
            "report people.yaml --json",
            "replay people.yaml --stage sink --to-earliest --yes",
            "verify people.yaml --json",
            "undo people.yaml --yes",
            "audit people.yaml");

    private static final Pattern HEALTH = Pattern.compile("http://\\S+/health/ready");

    @TempDir
    private Path folder;

    @Test
    void noOutputLogOrTopicHoldsAPlaintextOrAPassword() throws Exception {
        try (PipelineBench bench = new PipelineBench();
                SandboxPostgres postgres = Servers.postgres()) {
            Place owner = Place.of(postgres);
            owner.sql("CREATE TABLE people (id bigint PRIMARY KEY, secret text)");
            for (int id = 1; id <= ROWS; id++) {
                owner.sql("INSERT INTO people VALUES (" + id + ", '" + bench.encrypted(PLAINTEXT + id) + "')");
            }
            String elsewhere = bench.encrypted(PLAINTEXT + "context", Map.of("of", "another row"));
            owner.sql(
                    "INSERT INTO people VALUES (1001, '" + elsewhere + "')",
                    "INSERT INTO people VALUES (-1002, '" + PLAINTEXT + "was never encrypted')",
                    "CREATE ROLE ferry LOGIN SUPERUSER PASSWORD '" + PASSWORD + "'");
            Place place = owner.as("ferry", PASSWORD);
            bench.migrationFile(folder, "people", place, "people", Optional.of(bench.bootstrapServers()));
            Map<String, String> environment = new HashMap<>(bench.environment(place));
            environment.put("KEYFERRY_TOKEN", TOKEN);
            environment.put("JAVA_TOOL_OPTIONS", "-Dlogback.configurationFile=" + talkative());

            Map<String, String> written = new LinkedHashMap<>();
            try (KeyferryProcess run = KeyferryProcess.start(folder, environment, "run", "people.yaml", "--json")) {
                await().atMost(Duration.ofSeconds(90))
                        .until(() -> bench.texts("people.journal").size() == ROWS
                                && bench.texts("people.dead-letters").size() == 2);
                // the application goes on, and one of its writes cannot be moved either
                owner.sql("UPDATE people SET secret = '" + elsewhere + "' WHERE id = 1");
                await().atMost(Duration.ofSeconds(60))
                        .until(() -> bench.texts("people.dead-letters").size() == 3);
                Matcher health = HEALTH.matcher(run.err());
                assertThat(health.find()).as(run.err()).isTrue();
                written.put("/health/ready", get(health.group()));
                written.put("/metrics", get(health.group().replace("/health/ready", "/metrics")));
                String dashboard = health.group().replace("/health/ready", "/api/status");
                await().atMost(Duration.ofSeconds(60))
                        .until(() -> get(dashboard).contains("\"letters\":3"));
                written.put("/api/status", get(dashboard));
                written.put("a refusal", refusal(dashboard.replace("status", "pause")));
                run.terminate();
                run.exitCode();
                written.put("standard output", run.out());
                written.put("log", run.err());
            }
            for (String command : COMMANDS) {
                written.put(command, said(environment, command));
            }
            for (String topic : bench.topics()) {
                // the row that was never encrypted is the application's own doing, and is read as it is
                bench.texts(topic).stream()
                        .filter(record -> !record.contains("-1002"))
                        .forEach(record -> written.merge(topic, record, String::concat));
            }

            written.put("clean", said(environment, "clean people.yaml --force --yes --json"));

            assertThat(written).containsKeys("people.public.people", "people.journal", "people.dead-letters");
            assertThat(written.get("log")).contains("DEBUG").contains("INFO");
            written.forEach((where, text) -> assertThat(text)
                    .as(where)
                    .doesNotContain(forms(PLAINTEXT))
                    .doesNotContain(TOKEN)
                    .doesNotContain(
                            PASSWORD, Base64.getEncoder().encodeToString(PASSWORD.getBytes(StandardCharsets.UTF_8))));
        }
    }

    private String said(Map<String, String> environment, String command) throws Exception {
        try (KeyferryProcess given = KeyferryProcess.start(folder, environment, command.split(" "))) {
            assertThat(given.exitCode()).as(command + given.err()).isNotEqualTo(2);
            return given.out() + given.err();
        }
    }

    /** As it is, and what it becomes in hexadecimal; its first characters in base64, whatever comes after them. */
    private static List<String> forms(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return List.of(
                text,
                HexFormat.of().formatHex(bytes),
                Base64.getEncoder().encodeToString(bytes).substring(0, text.length() / 3 * 4));
    }

    private Path talkative() throws IOException {
        return Files.writeString(folder.resolve("logback.xml"), """
                <configuration>
                  <appender name="STDERR" class="ch.qos.logback.core.ConsoleAppender">
                    <target>System.err</target>
                    <encoder><pattern>%level %logger: %msg%n%ex</pattern></encoder>
                  </appender>
                  <root level="info"><appender-ref ref="STDERR"/></root>
                  <logger name="io.keyferry" level="debug"/>
                  <logger name="org.postgresql" level="debug"/>
                </configuration>
                """);
    }

    private static String refusal(String address) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(address))
                .header("Authorization", "Bearer " + TOKEN.toUpperCase(Locale.ROOT))
                .POST(HttpRequest.BodyPublishers.noBody())
                .build();
        HttpResponse<String> answer = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
        assertThat(answer.statusCode()).isEqualTo(401);
        return answer.body();
    }

    private static String get(String address) throws Exception {
        HttpResponse<String> answer = HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(URI.create(address)).build(), HttpResponse.BodyHandlers.ofString());
        return answer.body();
    }
}
