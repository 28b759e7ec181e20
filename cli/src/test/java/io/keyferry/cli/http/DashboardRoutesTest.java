package io.keyferry.cli.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.keyferry.model.Migration;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who may see and who may steer, asked as no well-behaved client would. */
class DashboardRoutesTest {

    private static final String TOKEN = "0123456789abcdefghij";
    private static final Migration.Http LOOPBACK = new Migration.Http("127.0.0.1", 0);

    private final ToldDashboard dashboard = new ToldDashboard();

    private record Answer(int status, Map<String, String> headers, String body) {}

    private RunServer start(Migration.Http address, Token token) {
        return RunServer.start(address, token, () -> new HealthReport(Map.of()), () -> "", dashboard);
    }

    private RunServer start() {
        return start(LOOPBACK, Token.of(TOKEN));
    }

    /** Over a socket of its own, because the JDK's client sets Host by itself. */
    private static Answer send(RunServer server, String method, String path, String body, String... headers)
            throws IOException {
        URI address = server.address();
        List<String> lines = new ArrayList<>(List.of(method + " " + path + " HTTP/1.1", "Connection: close"));
        lines.addAll(List.of(headers));
        if (lines.stream().noneMatch(line -> line.startsWith("Host:"))) {
            lines.add("Host: 127.0.0.1:" + address.getPort());
        }
        lines.add("Content-Length: " + body.length());
        try (Socket socket = new Socket("127.0.0.1", address.getPort())) {
            socket.getOutputStream()
                    .write((String.join("\r\n", lines) + "\r\n\r\n" + body).getBytes(StandardCharsets.US_ASCII));
            BufferedReader reader =
                    new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
            int status = Integer.parseInt(reader.readLine().split(" ")[1]);
            Map<String, String> found = new TreeMap<>();
            for (String line = reader.readLine(); !line.isEmpty(); line = reader.readLine()) {
                int colon = line.indexOf(':');
                found.put(
                        line.substring(0, colon).toLowerCase(Locale.ROOT),
                        line.substring(colon + 1).strip());
            }
            return new Answer(status, found, reader.lines().collect(Collectors.joining("\n")));
        }
    }

    private static String bearer(String token) {
        return "Authorization: Bearer " + token;
    }

    @Test
    void tellsWhatItIsToldWithTheTokenOnly() throws IOException {
        try (RunServer server = start()) {
            for (String path : List.of("/api/pause", "/api/resume", "/api/throttle")) {
                assertThat(send(server, "POST", path, "{}").status()).as(path).isEqualTo(401);
                assertThat(send(server, "POST", path, "{}").headers()).containsEntry("www-authenticate", "Bearer");
                for (String wrong : List.of(TOKEN + "k", TOKEN.substring(1), TOKEN.toUpperCase(Locale.ROOT), "x", "")) {
                    assertThat(send(server, "POST", path, "{}", bearer(wrong)).status())
                            .as(path + " " + wrong)
                            .isEqualTo(401);
                }
                assertThat(send(server, "POST", path, "{}", "Authorization: Basic " + TOKEN)
                                .status())
                        .isEqualTo(401);
                assertThat(send(server, "POST", path + "?token=" + TOKEN, "{}").status())
                        .isEqualTo(401);
                assertThat(send(server, "POST", path, "{}", "Cookie: token=" + TOKEN)
                                .status())
                        .isEqualTo(401);
            }
            assertThat(dashboard.told).isEmpty();

            assertThat(send(server, "POST", "/api/pause", "", bearer(TOKEN)).status())
                    .isEqualTo(200);
            assertThat(send(server, "POST", "/api/resume", "", bearer(TOKEN)).body())
                    .isEqualTo("{\"told\":\"resume\"}");
            assertThat(dashboard.told).containsExactly("pause", "resume");
        }
    }

    @Test
    void takesOnlyAThrottleThatIsOne() throws IOException {
        try (RunServer server = start()) {
            for (String body : List.of(
                    "",
                    "{}",
                    "200",
                    "{",
                    "{\"maxRequestsPerSecond\":0}",
                    "{\"maxRequestsPerSecond\":-1}",
                    "{\"maxRequestsPerSecond\":1.5}",
                    "{\"maxRequestsPerSecond\":\"200\"}",
                    "{\"maxRequestsPerSecond\":99999999999}")) {
                assertThat(send(server, "POST", "/api/throttle", body, bearer(TOKEN))
                                .status())
                        .as(body)
                        .isEqualTo(400);
            }
            assertThat(send(server, "POST", "/api/throttle", "x".repeat(20_000), bearer(TOKEN))
                            .status())
                    .isEqualTo(413);
            assertThat(dashboard.told).isEmpty();

            send(server, "POST", "/api/throttle", "{\"maxRequestsPerSecond\":200}", bearer(TOKEN));
            send(server, "POST", "/api/throttle", "{\"maxRequestsPerSecond\":null}", bearer(TOKEN));
            assertThat(dashboard.told).containsExactly("throttle OptionalInt[200]", "throttle OptionalInt.empty");
        }
    }

    @Test
    void refusesRequestsOfOtherSitesWhateverTheyKnow() throws IOException {
        try (RunServer server = start()) {
            String own = "127.0.0.1:" + server.address().getPort();
            for (String foreign : List.of(
                    "Origin: https://evil.example",
                    "Origin: http://127.0.0.1:1",
                    "Origin: http://127.0.0.1",
                    "Origin: null",
                    "Origin: ",
                    "Sec-Fetch-Site: cross-site",
                    "Sec-Fetch-Site: same-site",
                    "Sec-Fetch-Site: none")) {
                assertThat(send(server, "POST", "/api/pause", "", bearer(TOKEN), foreign)
                                .status())
                        .as(foreign)
                        .isEqualTo(403);
            }
            assertThat(send(
                                    server,
                                    "OPTIONS",
                                    "/api/pause",
                                    "",
                                    "Origin: https://evil.example",
                                    "Access-Control-Request-Method: POST")
                            .headers())
                    .doesNotContainKey("access-control-allow-origin");
            assertThat(dashboard.told).isEmpty();

            assertThat(send(
                                    server,
                                    "POST",
                                    "/api/pause",
                                    "",
                                    bearer(TOKEN),
                                    "Origin: http://" + own,
                                    "Sec-Fetch-Site: same-origin")
                            .status())
                    .isEqualTo(200);
        }
    }

    @Test
    void isNotToBeHadByANameOfSomebodyElses() throws IOException {
        Migration.Http named = new Migration.Http("127.0.0.1", 0, Optional.empty(), List.of("Ferry.internal"));
        try (RunServer server = start(named, Token.of(TOKEN))) {
            for (String host :
                    List.of("evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "192.0.2.1", "")) {
                for (String path : List.of("/", "/dashboard.js", "/api/status")) {
                    assertThat(send(server, "GET", path, "", "Host: " + host + ":80")
                                    .status())
                            .as(host + path)
                            .isIn(400, 403);
                }
                assertThat(send(server, "POST", "/api/pause", "", bearer(TOKEN), "Host: " + host)
                                .status())
                        .as(host)
                        .isIn(400, 403);
            }
            assertThat(dashboard.told).isEmpty();

            for (String host : List.of("localhost:1", "LOCALHOST", "127.0.0.1", "[::1]:8080", "ferry.internal:80")) {
                assertThat(send(server, "GET", "/api/status", "", "Host: " + host)
                                .status())
                        .as(host)
                        .isEqualTo(200);
            }
            assertThat(send(server, "GET", "/health/live", "", "Host: a.pod.internal")
                            .status())
                    .as("probes and scrapes are as they were")
                    .isEqualTo(200);
        }
    }

    @Test
    void changesNothingByAnythingButPost() throws IOException {
        try (RunServer server = start()) {
            for (String method : List.of("GET", "HEAD", "PUT", "DELETE", "PATCH")) {
                for (String path : List.of("/api/pause", "/api/resume", "/api/throttle")) {
                    assertThat(send(server, method, path, "", bearer(TOKEN)).status())
                            .as(method + path)
                            .isIn(404, 405);
                }
            }
            assertThat(dashboard.told).isEmpty();
        }
    }

    @Test
    void servesAPageThatNothingForeignCanBeWrittenInto() throws IOException {
        try (RunServer server = start()) {
            for (String path :
                    List.of("/", "/dashboard.css", "/dashboard.js", "/plot.js", "/icon.svg", "/api/status")) {
                Answer answer = send(server, "GET", path, "");

                assertThat(answer.status()).as(path).isEqualTo(200);
                assertThat(answer.body()).as(path).isNotBlank();
                assertThat(answer.headers().get("content-security-policy"))
                        .as(path)
                        .contains("default-src 'self'", "frame-ancestors 'none'")
                        .doesNotContain("unsafe", "*", "data:");
                assertThat(answer.headers())
                        .as(path)
                        .containsEntry("x-content-type-options", "nosniff")
                        .containsEntry("cache-control", "no-store")
                        .doesNotContainKey("set-cookie");
            }
            String page = send(server, "GET", "/", "").body();
            assertThat(page).doesNotContain("<script>", "<style", " style=", " onclick=", "http://", "https://", TOKEN);
        }
    }

    @Test
    void readsNothingWithoutTheTokenWhereOthersReachTheServer() throws IOException {
        try (RunServer server = start(new Migration.Http("0.0.0.0", 0), Token.of(TOKEN))) {
            assertThat(send(server, "GET", "/", "").status()).isEqualTo(200);
            assertThat(send(server, "GET", "/api/status", "").status()).isEqualTo(401);
            assertThat(send(server, "GET", "/api/status", "", bearer("wrong-wrong-wrong"))
                            .body())
                    .doesNotContain("shown");
            assertThat(send(server, "GET", "/api/status", "", bearer(TOKEN)).body())
                    .contains("shown");
            assertThat(send(server, "GET", "/api/status", "", bearer(TOKEN), "Host: 192.0.2.1:9464")
                            .status())
                    .as("by an address of this machine")
                    .isEqualTo(200);
            assertThat(send(server, "GET", "/api/status", "", bearer(TOKEN), "Host: evil.example")
                            .status())
                    .isEqualTo(403);
        }
    }

    @Test
    void nobodyMayWithoutAnyToken() throws IOException {
        try (RunServer server = start(LOOPBACK, Token.none())) {
            assertThat(send(server, "GET", "/api/status", "").status()).isEqualTo(200);
            for (String given : List.of("", "null", "none")) {
                Answer answer = send(server, "POST", "/api/pause", "", bearer(given));
                assertThat(answer.status()).isEqualTo(401);
                assertThat(answer.body()).contains("started without a token", "KEYFERRY_TOKEN");
            }
            assertThat(dashboard.told).isEmpty();
        }
    }

    @Test
    void saysWhenItWasNotTaken() throws IOException {
        dashboard.kafkaIsAway = true;
        try (RunServer server = start()) {
            Answer answer = send(server, "POST", "/api/pause", "", bearer(TOKEN));

            assertThat(answer.status()).isEqualTo(503);
            assertThat(answer.body()).isEqualTo("{\"error\":\"Kafka has not taken it\"}");
        }
    }

    @Test
    void takesTheTokenFromTheEnvironmentOrAFile(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("token"), TOKEN + "\n");
        Migration.Http filed = new Migration.Http("127.0.0.1", 0, Optional.of(file), List.of());

        assertThat(Token.chosen(LOOPBACK, Map.of())).isEmpty();
        assertThat(Token.chosen(LOOPBACK, Map.of("KEYFERRY_TOKEN", ""))).isEmpty();
        assertThat(Token.chosen(filed, Map.of()).orElseThrow().matches(TOKEN)).isTrue();
        Token variable = Token.chosen(filed, Map.of("KEYFERRY_TOKEN", "from-the-environment"))
                .orElseThrow();
        assertThat(variable.matches("from-the-environment")).isTrue();
        assertThat(variable.matches(TOKEN)).isFalse();
        assertThat(variable.toString()).doesNotContain("environment");
        assertThat(Token.of(Token.random()).matches(Token.random())).isFalse();
    }

    @Test
    void refusesATokenThatCanBeGuessedWithoutRepeatingIt(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("token"), "two words that are long");
        Migration.Http filed = new Migration.Http("127.0.0.1", 0, Optional.of(file), List.of());
        Migration.Http missing = new Migration.Http("127.0.0.1", 0, Optional.of(folder.resolve("none")), List.of());

        assertThatThrownBy(() -> Token.chosen(LOOPBACK, Map.of("KEYFERRY_TOKEN", "secret")))
                .isInstanceOf(TokenException.class)
                .hasMessageContaining("KEYFERRY_TOKEN")
                .hasMessageNotContaining("secret");
        assertThatThrownBy(() -> Token.chosen(filed, Map.of()))
                .hasMessageContaining(file.toString())
                .hasMessageNotContaining("two words");
        assertThatThrownBy(() -> Token.chosen(missing, Map.of())).hasMessageContaining("http.tokenFile");
    }
}
