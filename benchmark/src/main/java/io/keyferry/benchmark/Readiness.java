package io.keyferry.benchmark;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;

/** Where a keyferry says that it is ready, and how long it takes to. */
final class Readiness {

    private static final long LOOK_MILLIS = 20;

    private final HttpClient http = HttpClient.newHttpClient();
    private final int port;

    /** On a port that is free now. */
    Readiness() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }
    }

    /** What the process is to be started with, and options for its JVM. */
    Map<String, String> variables(String javaOptions) {
        return Map.of("KEYFERRY_HTTP_PORT", String.valueOf(port), "KEYFERRY_JAVA_OPTS", javaOptions);
    }

    /** From the start of the process until all its stages are ready. */
    Duration await(KeyferryRun run, Duration atMost) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/health/ready"))
                .build();
        while (!answers(request)) {
            run.mustRun();
            if (run.since().compareTo(atMost) > 0) {
                throw new BenchmarkException(
                        "keyferry is not ready after " + atMost.toSeconds() + " s; it said:\n" + run.told());
            }
            Thread.sleep(LOOK_MILLIS);
        }
        return run.since();
    }

    private boolean answers(HttpRequest request) throws InterruptedException {
        try {
            return http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
        } catch (IOException e) {
            // it does not listen yet
            return false;
        }
    }
}
