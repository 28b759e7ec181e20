package io.keyferry.cli.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.keyferry.model.Migration;
import io.keyferry.model.StageHealth;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RunServerTest {

    private final HttpClient client = HttpClient.newHttpClient();
    private volatile StageHealth sink = StageHealth.waiting("joining its group");

    private RunServer start(int port) {
        return RunServer.start(
                new Migration.Http("127.0.0.1", port),
                Token.none(),
                () -> new HealthReport(Map.of("sink", sink)),
                () -> "# TYPE a gauge\na 1\n",
                new ToldDashboard());
    }

    private HttpResponse<String> send(String method, URI address) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(address)
                .method(method, HttpRequest.BodyPublishers.noBody())
                .build();
        return client.send(request, HttpResponse.BodyHandlers.ofString());
    }

    private HttpResponse<String> get(RunServer server, String path) throws IOException, InterruptedException {
        return send("GET", server.address().resolve(path));
    }

    @Test
    void answersByTheStatusWhatAProbeAsks() throws Exception {
        try (RunServer server = start(0)) {
            assertThat(get(server, "/health/live").statusCode()).isEqualTo(200);
            assertThat(get(server, "/health/ready").statusCode()).isEqualTo(503);
            assertThat(get(server, "/health/ready").body()).contains("joining its group");

            sink = StageHealth.ready("applying");
            assertThat(get(server, "/health/ready").statusCode()).isEqualTo(200);

            sink = StageHealth.failed("it has failed");
            assertThat(get(server, "/health/live").statusCode()).isEqualTo(503);
        }
    }

    @Test
    void servesMetricsInPrometheusTextFormat() throws Exception {
        try (RunServer server = start(0)) {
            HttpResponse<String> metrics = get(server, "/metrics");

            assertThat(metrics.statusCode()).isEqualTo(200);
            assertThat(metrics.headers().firstValue("Content-Type"))
                    .hasValueSatisfying(type -> assertThat(type).startsWith("text/plain; version=0.0.4"));
            assertThat(metrics.body()).isEqualTo("# TYPE a gauge\na 1\n");
        }
    }

    @Test
    void changesNothingAndServesNothingElse() throws Exception {
        try (RunServer server = start(0)) {
            for (String method : new String[] {"POST", "PUT", "DELETE", "PATCH"}) {
                assertThat(send(method, server.address().resolve("/health/live"))
                                .statusCode())
                        .as(method)
                        .isEqualTo(405);
            }
            assertThat(get(server, "/index.html").statusCode()).isEqualTo(404);
            assertThat(get(server, "/api").statusCode()).isEqualTo(404);
            assertThat(get(server, "/health").statusCode()).isEqualTo(404);
        }
    }

    @Test
    void saysWhatToDoWhereThePortIsTaken() {
        try (RunServer first = start(0)) {
            int port = first.address().getPort();

            assertThatThrownBy(() -> start(port))
                    .isInstanceOf(AddressException.class)
                    .hasMessageContaining("127.0.0.1:" + port + ": another process listens there")
                    .hasMessageContaining("KEYFERRY_HTTP_PORT");
        }
    }

    @Test
    void saysWhatToDoWhereTheHostIsNotThisMachine() {
        for (String host : new String[] {"192.0.2.1", "no-such-host.invalid"}) {
            assertThatThrownBy(() -> RunServer.start(
                            new Migration.Http(host, 0),
                            Token.none(),
                            () -> new HealthReport(Map.of()),
                            () -> "",
                            new ToldDashboard()))
                    .isInstanceOf(AddressException.class)
                    .hasMessageContaining(host)
                    .hasMessageContaining("KEYFERRY_HTTP_HOST");
        }
    }

    @Test
    void tellsAnAddressThatCanBeAskedForAnIpv6HostToo() {
        try (RunServer server = RunServer.start(
                new Migration.Http("::1", 0),
                Token.none(),
                () -> new HealthReport(Map.of()),
                () -> "",
                new ToldDashboard())) {
            assertThat(server.address().toString()).matches("http://\\[::1]:[0-9]+");
        }
    }
}
