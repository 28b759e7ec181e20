package io.keyferry.sandbox;

import io.keyferry.sandbox.kms.LocalKms;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * PostgreSQL, Kafka and a local KMS in this JVM, with what a migration needs in them: a source key, a target key with a
 * replica in a second Region, and a secret that holds the database's credentials.
 */
public final class Sandbox implements AutoCloseable {

    private static final String REGION = "us-west-2";
    private static final String REPLICA_REGION = "us-east-1";
    private static final String SOURCE_ALIAS = "alias/keyferry-sandbox-source";
    private static final String TARGET_ALIAS = "alias/keyferry-sandbox-target";
    private static final String SECRET = "keyferry-sandbox-database";

    private final Parts parts;
    private final SandboxPostgres postgres;
    private final SandboxKafka kafka;
    private final LocalKms kms;
    private final String sourceKeyArn;
    private final String targetKeyArn;
    private final String secretArn;

    private Sandbox(Parts parts, SandboxPostgres postgres, SandboxKafka kafka, LocalKms kms) {
        this.parts = parts;
        this.postgres = postgres;
        this.kafka = kafka;
        this.kms = kms;
        this.sourceKeyArn = kms.provisioning().key(REGION, SOURCE_ALIAS);
        this.targetKeyArn = kms.provisioning().multiRegionKey(REGION, TARGET_ALIAS, REPLICA_REGION);
        this.secretArn = kms.provisioning().secret(REGION, SECRET, DatabaseSecret.of(postgres));
    }

    /**
     * Starts everything on free ports of loopback, and returns once all of it answers. Started again on the same
     * folder, it has the same data, topics, keys and secret; ports may be others.
     *
     * @param dataFolderOrNull what outlives this process; null for a temporary place that is gone after close
     * @throws SandboxException where a part does not start; the other parts are stopped again
     */
    public static Sandbox start(Path dataFolderOrNull) {
        return start(
                () -> SandboxPostgres.start(0, folder(dataFolderOrNull, "postgres")),
                () -> SandboxKafka.start(0, folder(dataFolderOrNull, "kafka")),
                dataFolderOrNull);
    }

    /** Starts it with servers that are started in another way. */
    public static Sandbox start(
            Supplier<SandboxPostgres> startPostgres, Supplier<SandboxKafka> startKafka, Path dataFolderOrNull) {
        Parts parts = new Parts();
        try {
            CompletableFuture<SandboxPostgres> postgres = parts.start("PostgreSQL", startPostgres);
            CompletableFuture<SandboxKafka> kafka = parts.start("Kafka", startKafka);
            CompletableFuture<LocalKms> kms =
                    parts.start("the local KMS", () -> LocalKms.start(0, folder(dataFolderOrNull, "kms")));
            return new Sandbox(parts, Parts.started(postgres), Parts.started(kafka), Parts.started(kms));
        } catch (RuntimeException e) {
            parts.closeAfter(e);
            throw e;
        }
    }

    private static Path folder(Path dataFolderOrNull, String part) {
        return dataFolderOrNull == null ? null : dataFolderOrNull.resolve(part);
    }

    /** What a shell wants to know to work with the sandbox, by the names of the variables, in a fixed order. */
    public Map<String, String> environment() {
        Map<String, String> environment = new LinkedHashMap<>();
        environment.put("PGHOST", postgres.host());
        environment.put("PGPORT", String.valueOf(postgres.port()));
        environment.put("PGUSER", postgres.user());
        environment.put("PGPASSWORD", postgres.password());
        environment.put("PGDATABASE", postgres.database());
        environment.put("SANDBOX_DATABASE_URL", postgres.jdbcUrl());
        environment.put("KAFKA_BOOTSTRAP_SERVERS", kafka.bootstrapServers());
        environment.putAll(environment(kms));
        environment.put("SANDBOX_SOURCE_KEY", sourceKeyArn);
        environment.put("SANDBOX_TARGET_KEY", targetKeyArn);
        environment.put("SANDBOX_REPLICA_REGION", REPLICA_REGION);
        environment.put("SANDBOX_SECRET_ARN", secretArn);
        return Collections.unmodifiableMap(environment);
    }

    /** The part of it that concerns a local KMS alone. */
    public static Map<String, String> environment(LocalKms kms) {
        Map<String, String> environment = new LinkedHashMap<>();
        environment.put("AWS_ENDPOINT_URL_KMS", kms.endpoint().toString());
        environment.put("AWS_ENDPOINT_URL_SECRETS_MANAGER", kms.endpoint().toString());
        environment.put("AWS_ACCESS_KEY_ID", "sandbox");
        environment.put("AWS_SECRET_ACCESS_KEY", "sandbox");
        environment.put("AWS_REGION", REGION);
        return Collections.unmodifiableMap(environment);
    }

    public SandboxPostgres postgres() {
        return postgres;
    }

    public SandboxKafka kafka() {
        return kafka;
    }

    public LocalKms kms() {
        return kms;
    }

    /** The single-Region key that values are under before a migration. */
    public String sourceKeyArn() {
        return sourceKeyArn;
    }

    /** The multi-Region key, in {@link #region()}. */
    public String targetKeyArn() {
        return targetKeyArn;
    }

    /** The Region of the keys and of the secret. */
    public String region() {
        return REGION;
    }

    /** The Region with a replica of the target key. */
    public String replicaRegion() {
        return REPLICA_REGION;
    }

    /** The secret with {@code username}, {@code password} and the rest of what RDS puts in one. */
    public String secretArn() {
        return secretArn;
    }

    /** Stops everything, all parts at once. */
    @Override
    public void close() {
        parts.close();
    }
}
