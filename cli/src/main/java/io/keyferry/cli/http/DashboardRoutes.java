package io.keyferry.cli.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.Handler;
import io.keyferry.model.KeyFerryException;
import io.keyferry.model.Migration;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Supplier;

/** The page, what it reads, and what it may have done. */
final class DashboardRoutes {

    /** Nothing but what this server has, nothing written into the page, and the page within no other. */
    private static final Map<String, String> HEADERS = Map.of(
            "Content-Security-Policy",
            "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none';"
                    + " require-trusted-types-for 'script'",
            "X-Content-Type-Options",
            "nosniff",
            "X-Frame-Options",
            "DENY",
            "Referrer-Policy",
            "no-referrer",
            "Cross-Origin-Resource-Policy",
            "same-origin",
            "Cross-Origin-Opener-Policy",
            "same-origin",
            "Cache-Control",
            "no-store");

    private static final String JSON = "application/json";
    private static final int BAD_REQUEST = 400;
    private static final int UNAVAILABLE = 503;

    private record File(String path, String name, String type) {}

    private static final List<File> FILES = List.of(
            new File("/", "dashboard.html", "text/html; charset=utf-8"),
            new File("/dashboard.css", "dashboard.css", "text/css; charset=utf-8"),
            new File("/dashboard.js", "dashboard.js", "text/javascript; charset=utf-8"),
            new File("/plot.js", "plot.js", "text/javascript; charset=utf-8"),
            new File("/icon.svg", "icon.svg", "image/svg+xml"));

    private final Gate gate;
    private final Dashboard dashboard;

    private DashboardRoutes(Gate gate, Dashboard dashboard) {
        this.gate = gate;
        this.dashboard = dashboard;
    }

    static void add(RoutesConfig routes, Migration.Http address, Token token, Dashboard dashboard) {
        new DashboardRoutes(new Gate(address, token), dashboard).add(routes);
    }

    private void add(RoutesConfig routes) {
        for (File file : FILES) {
            byte[] content = content(file.name());
            routes.get(
                    file.path(),
                    headed(gate.open(context -> context.contentType(file.type()).result(content))));
        }
        routes.get(
                "/api/status",
                headed(gate.reading(context -> context.contentType(JSON).result(dashboard.status()))));
        routes.post("/api/pause", headed(gate.steering(context -> tell(context, dashboard::pause))));
        routes.post("/api/resume", headed(gate.steering(context -> tell(context, dashboard::resume))));
        routes.post("/api/throttle", headed(gate.steering(this::throttle)));
    }

    private static byte[] content(String name) {
        try (InputStream in = DashboardRoutes.class.getResourceAsStream(name)) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Handler headed(Handler handler) {
        return context -> {
            HEADERS.forEach(context::header);
            handler.handle(context);
        };
    }

    private static void tell(Context context, Supplier<String> instruction) {
        try {
            context.contentType(JSON).result(instruction.get());
        } catch (KeyFerryException e) {
            error(context, UNAVAILABLE, e.getMessage());
        }
    }

    /** {@code {"maxRequestsPerSecond": 200}}, or null for no throttle. */
    private void throttle(Context context) {
        Optional<OptionalInt> rate = rate(context.body());
        if (rate.isEmpty()) {
            error(
                    context,
                    BAD_REQUEST,
                    "maxRequestsPerSecond must be a whole number of at least 1, or null for no throttle; to make no"
                            + " requests at all, pause.");
            return;
        }
        tell(context, () -> dashboard.throttle(rate.get()));
    }

    /** Empty where it is none. */
    private static Optional<OptionalInt> rate(String body) {
        try {
            JsonNode rate = new ObjectMapper().readTree(body).path("maxRequestsPerSecond");
            if (rate.isNull()) {
                return Optional.of(OptionalInt.empty());
            }
            return rate.isInt() && rate.intValue() >= 1
                    ? Optional.of(OptionalInt.of(rate.intValue()))
                    : Optional.empty();
        } catch (JsonProcessingException e) {
            return Optional.empty();
        }
    }

    static void error(Context context, int status, String what) {
        context.status(status)
                .contentType(JSON)
                .result(JsonNodeFactory.instance.objectNode().put("error", what).toString());
    }
}
