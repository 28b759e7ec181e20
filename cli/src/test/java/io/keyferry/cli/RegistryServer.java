package io.keyferry.cli;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Apicurio's registry in a process of its own, which keeps its schemas in memory. */
final class RegistryServer implements AutoCloseable {

    private static final Duration LONG = Duration.ofMinutes(3);

    private final Process process;
    private final String url;

    private RegistryServer(Process process, String url) {
        this.process = process;
        this.url = url;
    }

    /**
     * @param folder for its files
     * @param distribution where it is unpacked
     */
    static RegistryServer start(Path folder, Path distribution) throws IOException {
        int port = ConnectWorker.freePort();
        Path jar;
        try (Stream<Path> files = Files.list(distribution)) {
            jar = files.filter(file -> file.toString().endsWith("-runner.jar"))
                    .findAny()
                    .orElseThrow();
        }
        Process process = JavaProcess.start(
                folder,
                folder.resolve("registry.log"),
                Map.of("QUARKUS_HTTP_PORT", String.valueOf(port), "QUARKUS_HTTP_HOST", "127.0.0.1"),
                List.of("-Xmx256m", "-jar", jar.toString()));
        return new RegistryServer(process, "http://127.0.0.1:" + port);
    }

    void awaitStart() {
        HttpClient http = HttpClient.newHttpClient();
        await().atMost(LONG)
                .ignoreExceptions()
                .until(() -> http.send(
                                        HttpRequest.newBuilder(URI.create(own() + "/system/info"))
                                                .build(),
                                        HttpResponse.BodyHandlers.discarding())
                                .statusCode()
                        == 200);
    }

    /** Apicurio's own API. */
    String own() {
        return url + "/apis/registry/v2";
    }

    /** Confluent's. */
    String confluent() {
        return url + "/apis/ccompat/v7";
    }

    @Override
    public void close() {
        JavaProcess.end(process);
    }
}
