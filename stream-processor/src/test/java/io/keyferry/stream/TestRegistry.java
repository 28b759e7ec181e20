package io.keyferry.stream;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** Gives the answers that a test has put in, by path, and may fail. */
final class TestRegistry implements AutoCloseable {

    private final Map<String, String> answers = new ConcurrentHashMap<>();
    private final AtomicInteger requests = new AtomicInteger();
    private final HttpServer server;
    private volatile int status = 200;
    private volatile String login;

    TestRegistry() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::handle);
        server.start();
    }

    private void handle(HttpExchange exchange) throws IOException {
        requests.incrementAndGet();
        login = exchange.getRequestHeaders().getFirst("Authorization");
        String answer = answers.get(exchange.getRequestURI().toString());
        byte[] body = (answer == null ? "{}" : answer).getBytes(StandardCharsets.UTF_8);
        int found = answer == null ? 404 : 200;
        exchange.sendResponseHeaders(status == 200 ? found : status, body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    void answer(String path, String answer) {
        answers.put(path, answer);
    }

    /** A schema as Confluent's API gives it. */
    String confluent(String schema) throws JsonProcessingException {
        return confluent(schema, "");
    }

    /** @param more members of the answer, each after a comma */
    String confluent(String schema, String more) throws JsonProcessingException {
        return "{\"schema\":" + new ObjectMapper().writeValueAsString(schema) + more + "}";
    }

    /** What it answers with from now on, whatever is asked for; 200 where it has an answer. */
    void status(int code) {
        status = code;
    }

    int requests() {
        return requests.get();
    }

    /** The last request's. */
    String login() {
        return login;
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
