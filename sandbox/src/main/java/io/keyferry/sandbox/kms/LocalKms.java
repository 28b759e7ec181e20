package io.keyferry.sandbox.kms;

import io.javalin.Javalin;
import io.javalin.compression.CompressionStrategy;
import io.javalin.util.JavalinException;
import io.keyferry.sandbox.SandboxException;
import java.net.URI;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/**
 * A strict AWS KMS, and as much of Secrets Manager as KeyFerry needs, over HTTP: one endpoint for both, and for every
 * Region. Safe for many threads.
 */
public final class LocalKms implements AutoCloseable {

    /** The account that owns every key and secret. */
    public static final String ACCOUNT = "111122223333";

    private static final String LOOPBACK = "127.0.0.1";
    private static final String EVERYWHERE = "0.0.0.0";
    private static final int MAX_THREADS = 16;
    private static final int MAX_BODY_BYTES = 512 * 1024;

    private final RequestCounts counts = new RequestCounts();
    private final Faults faults = new Faults();
    private final Services services = new Services();
    private final ScheduledExecutorService scheduler = scheduler();
    private final Endpoint endpoint = new Endpoint(services, faults, counts, scheduler);
    private final Keys keys;
    private final Provisioning provisioning;
    private final String host;
    private final Javalin server;

    private LocalKms(String host, int port, Path dataFolder, String account) {
        Clock clock = Clock.systemUTC();
        SecureRandom random = new SecureRandom();
        VaultKeeper keeper = new VaultKeeper(dataFolder);
        KeyDirectory directory = new KeyDirectory(account, keeper, clock);
        this.keys = new Keys(keeper, directory, clock, random);
        Aliases aliases = new Aliases(keeper, directory, clock);
        Secrets secrets = new Secrets(account, keeper, clock, random);
        services.add(AwsRequest.Service.KMS, keys.operations());
        services.add(AwsRequest.Service.KMS, new KeyStates(keeper, directory, clock).operations());
        services.add(AwsRequest.Service.KMS, aliases.operations());
        Cryptography cryptography = new Cryptography(keeper, directory, clock, random);
        LastUses lastUses = new LastUses(directory, clock);
        services.add(AwsRequest.Service.KMS, lastUses.noted(cryptography.operations()));
        services.add(AwsRequest.Service.KMS, lastUses.operations());
        services.add(AwsRequest.Service.KMS, new Grants(keeper, directory, clock, random).operations());
        services.add(AwsRequest.Service.SECRETS_MANAGER, secrets.operations());
        this.provisioning = new Provisioning(keeper, directory, keys, aliases, secrets, cryptography);
        this.host = host;
        this.server = listening(port);
    }

    /**
     * Starts on 127.0.0.1.
     *
     * @param port 0 for any free one
     * @param dataFolderOrNull where keys, aliases and secrets outlive this process; null for memory only
     */
    public static LocalKms start(int port, Path dataFolderOrNull) {
        return start(port, dataFolderOrNull, ACCOUNT);
    }

    /** Starts with another account id, twelve digits. */
    public static LocalKms start(int port, Path dataFolderOrNull, String account) {
        return new LocalKms(LOOPBACK, port, dataFolderOrNull, account);
    }

    /**
     * Starts where other machines or containers reach it.
     *
     * @param host address to listen on, {@code 0.0.0.0} for all; whoever reaches it may use every key
     */
    public static LocalKms start(String host, int port, Path dataFolderOrNull) {
        return new LocalKms(host, port, dataFolderOrNull, ACCOUNT);
    }

    private Javalin listening(int port) {
        try {
            return server(port).start();
        } catch (JavalinException e) {
            scheduler.shutdownNow();
            throw new SandboxException(
                    "The local KMS cannot listen on " + host + ":" + port + ": " + e.getMessage()
                            + ". Choose another host or port.",
                    e);
        }
    }

    private Javalin server(int port) {
        return Javalin.create(config -> {
            config.startup.showJavalinBanner = false;
            config.http.compressionStrategy = CompressionStrategy.NONE;
            config.http.maxRequestSize = MAX_BODY_BYTES;
            config.jetty.threadPool = threads();
            config.jetty.modifyServer(jetty -> jetty.setStopTimeout(0));
            config.jetty.modifyHttpConfiguration(http -> {
                http.setSendServerVersion(false);
                // every request has another signature: remembering header lines only costs
                http.setHeaderCacheSize(0);
            });
            config.jetty.addConnector((jetty, http) -> connector(jetty, http, host, port));
            config.routes.post("/", endpoint::handle);
            // not of AWS: for whoever waits until it answers
            config.routes.get("/health/ready", exchange -> exchange.result("ready"));
        });
    }

    private static ServerConnector connector(Server jetty, HttpConfiguration http, String host, int port) {
        ServerConnector connector = new ServerConnector(jetty, 1, 1, new HttpConnectionFactory(http));
        connector.setHost(host);
        connector.setPort(port);
        connector.setAcceptQueueSize(1024);
        // Longer than any client keeps an idle connection, or waits for an answer: the client shall be first to close.
        connector.setIdleTimeout(Duration.ofMinutes(10).toMillis());
        return connector;
    }

    private static QueuedThreadPool threads() {
        QueuedThreadPool threads = new QueuedThreadPool(MAX_THREADS, 4);
        threads.setName("local-kms");
        threads.setDaemon(true);
        return threads;
    }

    private static ScheduledExecutorService scheduler() {
        ScheduledThreadPoolExecutor scheduler = new ScheduledThreadPoolExecutor(1, task -> {
            Thread thread = new Thread(task, "local-kms-latency");
            thread.setDaemon(true);
            return thread;
        });
        scheduler.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        return scheduler;
    }

    /** For {@code AWS_ENDPOINT_URL_KMS} and {@code AWS_ENDPOINT_URL_SECRETS_MANAGER}. */
    public URI endpoint() {
        return URI.create("http://" + (host.equals(EVERYWHERE) ? LOOPBACK : host) + ":" + server.port());
    }

    /** From now on an answer takes this long; zero and zero, the default, is as fast as can be. */
    public void latency(Duration min, Duration max) {
        endpoint.latency(new Latency(min, max));
    }

    /**
     * From now on a Region answers this many requests a second of the operations that encrypt or decrypt, and refuses
     * the others with {@code ThrottlingException}. A whole second's worth may come at once.
     */
    public void quota(double requestsPerSecondOrInfinity) {
        services.quota(new RequestQuota(requestsPerSecondOrInfinity));
    }

    /** From now on a new replica is {@code Creating} for this long; by default it is enabled at once. */
    public void replication(Duration duration) {
        keys.replication(duration);
    }

    /** Faults for tests. */
    public Faults faults() {
        return faults;
    }

    /** Makes keys and secrets without HTTP. */
    public Provisioning provisioning() {
        return provisioning;
    }

    /** Requests of KMS that arrived, refused ones included; those of Secrets Manager are not among them. */
    public long requests() {
        return counts.ofKms();
    }

    /** Requests that arrived of one operation of either service, such as {@code ReEncrypt}. */
    public long requests(String operation) {
        return counts.of(operation);
    }

    /**
     * Requests of one operation that had an outcome: {@code Success}, the code of an error such as
     * {@code ThrottlingException}, {@code Hang} or {@code Cut}.
     */
    public long requests(String operation, String outcome) {
        return counts.of(operation, outcome);
    }

    /** All counts begin at 0 again. */
    public void resetCounters() {
        counts.reset();
    }

    /** Stops at once; requests without an answer lose their connection. */
    @Override
    public void close() {
        scheduler.shutdownNow();
        server.stop();
    }
}
