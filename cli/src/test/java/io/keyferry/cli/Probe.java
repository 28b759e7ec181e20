package io.keyferry.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.keyferry.cli.http.Exposition;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Asks a run how it is, at the address it has told. */
final class Probe {

    private static final Pattern TOLD = Pattern.compile(" Health +(http://\\S+)/health/ready");

    private final URI address;
    private final HttpClient client = HttpClient.newHttpClient();

    private Probe(URI address) {
        this.address = address;
    }

    /** Waits until the run has told where. */
    static Probe of(KeyferryProcess run) {
        await().atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofMillis(20))
                .until(() -> TOLD.matcher(run.out() + run.err()).find());
        Matcher told = TOLD.matcher(run.out() + run.err());
        assertThat(told.find()).isTrue();
        return new Probe(URI.create(told.group(1)));
    }

    /** Where it is served. */
    URI address() {
        return address;
    }

    HttpResponse<String> live() {
        return get("/health/live");
    }

    HttpResponse<String> ready() {
        return get("/health/ready");
    }

    /** What readiness says of a stage. */
    JsonNode stage(String stage) {
        try {
            return new ObjectMapper().readTree(ready().body()).path("stages").path(stage);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    String metrics() {
        return get("/metrics").body();
    }

    Exposition scrape() {
        return Exposition.parse(metrics());
    }

    private HttpResponse<String> get(String path) {
        try {
            return client.send(
                    HttpRequest.newBuilder(address.resolve(path)).build(), HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new AssertionError(path, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(path, e);
        }
    }
}
