package io.keyferry.cli.http;

import io.javalin.Javalin;
import io.javalin.compression.CompressionStrategy;
import io.javalin.http.Context;
import io.keyferry.model.Migration;
import java.net.BindException;
import java.net.URI;
import java.nio.channels.UnresolvedAddressException;
import java.util.function.Supplier;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/**
 * What a run serves over HTTP: its dashboard, its health, and its metrics. Nothing changes anything but what a dashboard
 * tells with its token, and nothing else waits for more than this process.
 */
public final class RunServer implements AutoCloseable {

    private static final String PROMETHEUS_TEXT = "text/plain; version=0.0.4; charset=utf-8";
    private static final int MAX_THREADS = 8;
    private static final int UNAVAILABLE = 503;
    /** What is posted is a few words. */
    private static final long MAX_REQUEST_BYTES = 10_000;

    private final Javalin server;
    private final String host;

    private RunServer(
            Migration.Http address,
            Token token,
            Supplier<HealthReport> health,
            Supplier<String> metrics,
            Dashboard dashboard) {
        host = address.host();
        server = Javalin.create(config -> {
            config.startup.showJavalinBanner = false;
            config.http.compressionStrategy = CompressionStrategy.GZIP;
            config.http.prefer405over404 = true;
            config.http.maxRequestSize = MAX_REQUEST_BYTES;
            config.jetty.threadPool = threads();
            config.jetty.modifyServer(jetty -> jetty.setStopTimeout(0));
            config.jetty.modifyHttpConfiguration(http -> http.setSendServerVersion(false));
            config.jetty.addConnector((jetty, http) -> connector(jetty, http, address));
            config.routes.get(
                    "/health/live", context -> answer(context, health.get().live()));
            config.routes.get(
                    "/health/ready", context -> answer(context, health.get().ready()));
            config.routes.get(
                    "/metrics", context -> context.contentType(PROMETHEUS_TEXT).result(metrics.get()));
            DashboardRoutes.add(config.routes, address, token, dashboard);
        });
    }

    /**
     * Starts serving.
     *
     * @param token of who steers from the dashboard
     * @param metrics in Prometheus' text format
     * @throws AddressException where nothing can be served at this address
     */
    public static RunServer start(
            Migration.Http address,
            Token token,
            Supplier<HealthReport> health,
            Supplier<String> metrics,
            Dashboard dashboard) {
        RunServer server = new RunServer(address, token, health, metrics, dashboard);
        try {
            server.server.start();
            return server;
        } catch (RuntimeException e) {
            server.close();
            for (Throwable cause = e; cause != null; cause = cause.getCause()) {
                if (cause instanceof BindException || cause instanceof UnresolvedAddressException) {
                    throw new AddressException(address, cause);
                }
            }
            throw e;
        }
    }

    private static void answer(Context context, HealthReport.Answer answer) {
        context.status(answer.up() ? 200 : UNAVAILABLE)
                .header("Cache-Control", "no-store")
                .contentType("application/json")
                .result(answer.json());
    }

    private static ServerConnector connector(Server jetty, HttpConfiguration http, Migration.Http address) {
        ServerConnector connector = new ServerConnector(jetty, 1, 1, new HttpConnectionFactory(http));
        connector.setHost(address.host());
        connector.setPort(address.port());
        return connector;
    }

    private static QueuedThreadPool threads() {
        QueuedThreadPool threads = new QueuedThreadPool(MAX_THREADS, 2);
        threads.setName("keyferry-http");
        threads.setDaemon(true);
        return threads;
    }

    /** Where it is served, with the port that was free where none was asked for. */
    public URI address() {
        return URI.create("http://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + server.port());
    }

    @Override
    public void close() {
        server.stop();
    }
}
