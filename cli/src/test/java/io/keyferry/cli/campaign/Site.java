package io.keyferry.cli.campaign;

import static org.awaitility.Awaitility.await;

import io.keyferry.sandbox.Proxy;
import io.keyferry.sandbox.SandboxPostgres;
import io.keyferry.sandbox.kms.LocalKms;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.kms.KmsAsyncClient;

/**
 * The servers around a migration, each of which can be taken away and brought back with its data: PostgreSQL and Kafka in
 * processes of their own and behind a {@link Proxy}, and the local KMS.
 */
final class Site implements AutoCloseable {

    static final String REGION = "us-west-2";
    static final String REPLICA_REGION = "us-east-1";

    /** KMS requests a second: so few that there is always something under way. */
    static final double QUOTA = 400;

    private static final Duration START = Duration.ofSeconds(90);

    private final Path folder;
    private final int postgresPort = freePort();
    private final int kafkaPort = freePort();
    private final int kmsPort = freePort();
    private final Proxy postgresProxy = new Proxy(postgresPort);
    private final Proxy kafkaProxy = new Proxy(kafkaPort);
    private SandboxPostgres postgres;
    private OwnProcess kafka;
    private volatile LocalKms kms;
    private final String sourceKey;
    private final String targetKey;

    Site(Path folder) {
        this.folder = folder;
        startKafka();
        startPostgres();
        startKms();
        sourceKey = kms.provisioning().key(REGION, "alias/source");
        targetKey = kms.provisioning().multiRegionKey(REGION, "alias/target", REPLICA_REGION);
        awaitKafka();
    }

    private static int freePort() {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return free.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Path folder() {
        return folder;
    }

    // --- PostgreSQL

    private void startPostgres() {
        postgres = SandboxPostgres.start(
                postgresPort, folder.resolve("postgres"), Map.of("wal_sender_timeout", "5s", "wal_keep_size", "0"));
    }

    /** Immediate shutdown, which is a crash: recovery follows. */
    void crashPostgres() {
        try {
            long pid = Long.parseLong(Files.readAllLines(folder.resolve("postgres/data/postmaster.pid"))
                    .get(0)
                    .strip());
            Signals.send("QUIT", pid);
            await().atMost(START)
                    .until(() ->
                            ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isEmpty());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void stopPostgres() {
        postgres.close();
    }

    void startPostgresAgain() {
        // of one that has crashed, this gives the folder's lock back
        postgres.close();
        startPostgres();
    }

    Proxy postgresProxy() {
        return postgresProxy;
    }

    /** Without the proxy: the application's own way. */
    Connection connect(String application) throws SQLException {
        return DriverManager.getConnection(
                postgres.jdbcUrl() + "?connectTimeout=5&socketTimeout=60&ApplicationName=" + application,
                postgres.user(),
                postgres.password());
    }

    void sql(String... statements) {
        try (Connection connection = connect("campaign");
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }

    /** The stages' URL, through the proxy, with time-outs that are over soon. */
    String databaseUrl() {
        return "jdbc:postgresql://127.0.0.1:" + postgresProxy.port() + "/" + postgres.database()
                + "?socketTimeout=6&connectTimeout=3&loginTimeout=6";
    }

    String user() {
        return postgres.user();
    }

    String password() {
        return postgres.password();
    }

    // --- Kafka

    void startKafka() {
        kafka = OwnProcess.start(
                folder,
                folder.resolve("kafka.log"),
                Map.of(),
                KafkaProgram.class.getName(),
                List.of(
                        String.valueOf(kafkaPort),
                        folder.resolve("kafka").toString(),
                        String.valueOf(kafkaProxy.port())));
    }

    void killKafka() {
        kafka.kill();
    }

    void stopKafka() {
        kafka.terminate();
    }

    /** Returns when it answers. */
    void awaitKafka() {
        await().atMost(START).ignoreExceptions().until(() -> {
            new Socket(InetAddress.getLoopbackAddress(), kafkaPort).close();
            try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrapServers()))) {
                return !admin.describeCluster().nodes().get().isEmpty();
            }
        });
    }

    Proxy kafkaProxy() {
        return kafkaProxy;
    }

    String bootstrapServers() {
        return "127.0.0.1:" + kafkaProxy.port();
    }

    // --- KMS

    void startKms() {
        kms = LocalKms.start(kmsPort, folder.resolve("kms"));
        kms.latency(Duration.ofMillis(2), Duration.ofMillis(8));
        kms.quota(QUOTA);
    }

    void stopKms() {
        kms.close();
    }

    LocalKms kms() {
        return kms;
    }

    String sourceKey() {
        return sourceKey;
    }

    String targetKey() {
        return targetKey;
    }

    void disableSourceKey() {
        try (KmsAsyncClient client = KmsAsyncClient.builder()
                .region(Region.of(REGION))
                .endpointOverride(kms.endpoint())
                .credentialsProvider(
                        StaticCredentialsProvider.create(AwsBasicCredentials.create("campaign", "campaign")))
                .build()) {
            client.disableKey(request -> request.keyId(sourceKey)).join();
        }
    }

    /** The target key in the second Region. */
    String replicaKey() {
        return targetKey.replace(REGION, REPLICA_REGION);
    }

    /** What a stage finds in its environment. */
    Map<String, String> environment() {
        return Map.of(
                "AWS_ENDPOINT_URL_KMS",
                "http://127.0.0.1:" + kmsPort,
                "AWS_ACCESS_KEY_ID",
                "campaign",
                "AWS_SECRET_ACCESS_KEY",
                "campaign",
                "AWS_REGION",
                REGION,
                "DATABASE_PASSWORD",
                password());
    }

    @Override
    public void close() {
        kafka.close();
        kms.close();
        postgresProxy.close();
        kafkaProxy.close();
        postgres.close();
    }
}
