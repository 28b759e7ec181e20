package io.keyferry.cli;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Kafka Connect in a process of its own, and its REST interface. */
final class ConnectWorker implements AutoCloseable {

    private static final Duration LONG = Duration.ofMinutes(3);

    private final Process process;
    private final Path log;
    private final String url;
    private final HttpClient http = HttpClient.newHttpClient();
    private final ObjectMapper mapper = new ObjectMapper();

    private ConnectWorker(Process process, Path log, String url) {
        this.process = process;
        this.log = log;
        this.url = url;
    }

    /**
     * @param folder for its files
     * @param converters a folder of jars, besides what is on our own class path
     */
    static ConnectWorker start(Path folder, Path converters, String bootstrapServers) throws IOException {
        String url = "http://127.0.0.1:" + freePort();
        Path settings = folder.resolve("worker.properties");
        Files.write(
                settings,
                List.of(
                        "bootstrap.servers=" + bootstrapServers,
                        "listeners=" + url,
                        // those that tell of themselves; to scan the class path for others takes long
                        "plugin.discovery=service_load",
                        "key.converter=org.apache.kafka.connect.json.JsonConverter",
                        "value.converter=org.apache.kafka.connect.json.JsonConverter",
                        "offset.storage.file.filename=" + folder.resolve("connect.offsets"),
                        // as docs/existing-debezium.md advises, and shorter
                        "offset.flush.interval.ms=500"));
        Path log = folder.resolve("connect.log");
        Process process = JavaProcess.start(
                folder,
                log,
                Map.of(),
                List.of(
                        "-Xmx512m",
                        "-cp",
                        System.getProperty("java.class.path") + File.pathSeparator + converters.resolve("*"),
                        "org.apache.kafka.connect.cli.ConnectStandalone",
                        settings.toString()));
        return new ConnectWorker(process, log, url);
    }

    static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    void awaitStart() {
        await().atMost(LONG)
                .ignoreExceptions()
                .until(() -> request("GET", "/connectors", null).isArray());
    }

    /** Makes a connector, which goes on where one of its name was before, and waits until its task runs. */
    void set(String name, Map<String, String> settings) throws IOException, InterruptedException {
        request("PUT", "/connectors/" + name + "/config", mapper.writeValueAsString(settings));
        await().atMost(LONG).ignoreExceptions().until(() -> isRunning(name));
    }

    private boolean isRunning(String name) throws IOException, InterruptedException {
        JsonNode tasks = request("GET", "/connectors/" + name + "/status", null).path("tasks");
        if (tasks.path(0).path("state").asText().equals("FAILED")) {
            throw new AssertionError(tasks.path(0).path("trace").asText());
        }
        return tasks.path(0).path("state").asText().equals("RUNNING");
    }

    /** Ends a connector, or lets it end in its own time where that takes longer. */
    void delete(String name) throws IOException, InterruptedException {
        request("DELETE", "/connectors/" + name, null);
    }

    private JsonNode request(String method, String path, String body) throws IOException, InterruptedException {
        HttpResponse<String> response = http.send(
                HttpRequest.newBuilder(URI.create(url + path))
                        .header("Content-Type", "application/json")
                        .method(
                                method,
                                body == null
                                        ? HttpRequest.BodyPublishers.noBody()
                                        : HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        if (response.statusCode() >= 300) {
            throw new IOException(method + " " + path + ": " + response.statusCode() + " " + response.body());
        }
        return mapper.readTree(response.body());
    }

    String log() throws IOException {
        return Files.readString(log);
    }

    @Override
    public void close() {
        JavaProcess.end(process);
    }
}
