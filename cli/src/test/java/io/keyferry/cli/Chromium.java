package io.keyferry.cli;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/** A headless Chromium with one page, over its DevTools protocol: decision 0040 says why. */
final class Chromium implements AutoCloseable {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final long ANSWER_SECONDS = 30;

    private final Process process;
    private final WebSocket socket;
    private final AtomicInteger ids = new AtomicInteger();
    private final Map<Integer, CompletableFuture<JsonNode>> asked = new ConcurrentHashMap<>();
    private final List<URI> requests = new CopyOnWriteArrayList<>();
    private final List<String> complaints = new CopyOnWriteArrayList<>();

    private Chromium(Process process, URI page) {
        this.process = process;
        socket = HttpClient.newHttpClient()
                .newWebSocketBuilder()
                .buildAsync(page, new Messages())
                .join();
        for (String domain : List.of("Page", "Runtime", "Network", "Log")) {
            send(domain + ".enable");
        }
    }

    /** The one on the path, by any of its names; {@code -Dkeyferry.chromium=…} names another. */
    static Optional<Path> find() {
        String named = System.getProperty("keyferry.chromium", "");
        if (!named.isEmpty()) {
            return Optional.of(Path.of(named));
        }
        return Stream.of(System.getenv("PATH").split(File.pathSeparator))
                .flatMap(folder -> Stream.of("chromium", "chromium-browser", "google-chrome", "chrome")
                        .map(name -> Path.of(folder, name)))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /**
     * Starts it.
     *
     * @param folder that it keeps everything in
     */
    static Chromium start(Path chromium, Path folder) throws IOException, InterruptedException {
        Path profile = Files.createDirectory(folder.resolve("chromium"));
        Process process = new ProcessBuilder(
                        chromium.toString(),
                        "--headless",
                        "--no-sandbox",
                        "--disable-gpu",
                        "--disable-quic",
                        "--no-first-run",
                        "--disable-background-networking",
                        "--disable-component-update",
                        "--disable-sync",
                        "--disable-dev-shm-usage",
                        // what is not on this machine cannot be found, whoever asks
                        "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost",
                        "--lang=en-US",
                        "--remote-debugging-port=0",
                        "--user-data-dir=" + profile,
                        "about:blank")
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("chromium.log").toFile())
                .start();
        try {
            Path told = profile.resolve("DevToolsActivePort");
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> Files.exists(told) && Files.readString(told).contains("\n"));
            String port = Files.readString(told).lines().findFirst().orElseThrow();
            HttpResponse<String> pages = HttpClient.newHttpClient()
                    .send(
                            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/json/list"))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString());
            for (JsonNode page : JSON.readTree(pages.body())) {
                if (page.path("type").asText().equals("page")) {
                    return new Chromium(
                            process,
                            URI.create(page.path("webSocketDebuggerUrl").asText()));
                }
            }
            throw new AssertionError("Chromium has no page: " + pages.body());
        } catch (IOException | InterruptedException | RuntimeException | AssertionError e) {
            process.destroyForcibly();
            throw e;
        }
    }

    private final class Messages implements WebSocket.Listener {

        private final StringBuilder message = new StringBuilder();

        @Override
        public CompletionStage<?> onText(WebSocket from, CharSequence part, boolean last) {
            message.append(part);
            if (last) {
                take(message.toString());
                message.setLength(0);
            }
            from.request(1);
            return null;
        }
    }

    private void take(String message) {
        JsonNode node;
        try {
            node = JSON.readTree(message);
        } catch (IOException e) {
            throw new AssertionError(message, e);
        }
        JsonNode parameters = node.path("params");
        switch (node.path("method").asText()) {
            case "Network.requestWillBeSent" ->
                requests.add(URI.create(parameters.path("request").path("url").asText()));
            case "Runtime.exceptionThrown" ->
                complaints.add(parameters.path("exceptionDetails").toString());
            case "Runtime.consoleAPICalled" -> complaints.add("console: " + parameters.path("args"));
            case "Log.entryAdded" -> {
                JsonNode entry = parameters.path("entry");
                complaints.add(entry.path("level").asText() + ": "
                        + entry.path("text").asText() + " " + entry.path("url").asText());
            }
            default -> {
                CompletableFuture<JsonNode> answered =
                        asked.remove(node.path("id").asInt());
                if (answered != null) {
                    answered.complete(node);
                }
            }
        }
    }

    private JsonNode send(String method, Object... parameters) {
        ObjectNode node = JSON.createObjectNode();
        ObjectNode values =
                node.put("id", ids.incrementAndGet()).put("method", method).putObject("params");
        for (int i = 0; i < parameters.length; i += 2) {
            values.set(parameters[i].toString(), JSON.valueToTree(parameters[i + 1]));
        }
        CompletableFuture<JsonNode> answer = new CompletableFuture<>();
        asked.put(node.path("id").asInt(), answer);
        socket.sendText(node.toString(), true).join();
        try {
            JsonNode answered = answer.get(ANSWER_SECONDS, TimeUnit.SECONDS);
            if (answered.has("error")) {
                throw new AssertionError(method + ": " + answered.path("error"));
            }
            return answered.path("result");
        } catch (ExecutionException | TimeoutException e) {
            throw new AssertionError(method, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(method, e);
        }
    }

    /** Opens a page. */
    void open(String address) {
        send("Page.navigate", "url", address);
    }

    /** As on such a screen; {@code scheme} is light or dark. */
    void screen(int width, int height, String scheme) {
        send(
                "Emulation.setDeviceMetricsOverride",
                "width",
                width,
                "height",
                height,
                "deviceScaleFactor",
                1,
                "mobile",
                width < 600);
        send("Emulation.setScrollbarsHidden", "hidden", true);
        send(
                "Emulation.setEmulatedMedia",
                "features",
                List.of(Map.of("name", "prefers-color-scheme", "value", scheme)));
    }

    /** What an expression gives, promises awaited. */
    JsonNode eval(String expression) {
        JsonNode result =
                send("Runtime.evaluate", "expression", expression, "returnByValue", true, "awaitPromise", true);
        if (result.has("exceptionDetails")) {
            throw new AssertionError(expression + ": " + result.path("exceptionDetails"));
        }
        return result.path("result").path("value");
    }

    /** The visible text of an element. */
    String text(String selector) {
        return eval("document.querySelector('" + selector + "')?.innerText ?? ''")
                .asText();
    }

    /** As a mouse does, so that nothing may lie over it. */
    void click(String selector) {
        JsonNode place = eval("(() => { const e = document.querySelector('" + selector
                + "'); e.scrollIntoView({block: 'center'}); const r = e.getBoundingClientRect();"
                + " return {x: r.x + r.width / 2, y: r.y + r.height / 2} })()");
        for (String type : List.of("mousePressed", "mouseReleased")) {
            send(
                    "Input.dispatchMouseEvent",
                    "type",
                    type,
                    "x",
                    place.path("x").asDouble(),
                    "y",
                    place.path("y").asDouble(),
                    "button",
                    "left",
                    "clickCount",
                    1);
        }
    }

    /** Takes the place of what an input holds. */
    void type(String selector, String text) {
        eval("(() => { const e = document.querySelector('" + selector + "'); e.focus(); e.select() })()");
        send("Input.insertText", "text", text);
    }

    /** The page from its top as PNG, so high at the most. */
    void screenshot(Path file, int height) throws IOException {
        JsonNode size = send("Page.getLayoutMetrics").path("cssContentSize");
        JsonNode image = send(
                "Page.captureScreenshot",
                "format",
                "png",
                "captureBeyondViewport",
                true,
                "clip",
                Map.of(
                        "x",
                        0,
                        "y",
                        0,
                        "width",
                        size.path("width").asInt(),
                        "height",
                        Math.min(height, size.path("height").asInt()),
                        "scale",
                        1));
        Files.createDirectories(file.getParent());
        Files.write(file, Base64.getDecoder().decode(image.path("data").asText()));
    }

    /** Whatever the page has asked for. */
    List<URI> requests() {
        return requests;
    }

    /** What stands in the console: errors, and words of the page's own. */
    List<String> complaints() {
        return complaints;
    }

    @Override
    public void close() {
        socket.abort();
        process.destroy();
        try {
            if (!process.waitFor(ANSWER_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
