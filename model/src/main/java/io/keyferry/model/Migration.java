package io.keyferry.model;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What migration.yaml says, checked: see {@code io.keyferry.model.file.MigrationFile}.
 *
 * @param name prefix of topics, slot, publication and consumer groups
 * @param kafka the cluster, or empty for the embedded broker
 * @param snapshot how the rows that are there already are read
 * @param maxDeadLetters how many values of one column may be dead-lettered before the run halts; a column with more
 *     than a hundred times as many values may have 1% of them
 * @param http where dashboard, health and metrics are served
 * @param changes where they come from, if not from the snapshot stage
 * @param limits what the database may suffer before the sink slows down
 * @param verifyBeforeWrite whether old and new ciphertext are decrypted and compared before the new one is written
 * @param retirement what only its operators know of whether the source keys can go
 */
public record Migration(
        String name,
        Database database,
        Keys keys,
        Optional<Kafka> kafka,
        SnapshotMode snapshot,
        List<Table> tables,
        long maxDeadLetters,
        Http http,
        Optional<Changes> changes,
        Limits limits,
        boolean verifyBeforeWrite,
        Retirement retirement) {

    /** The default of {@link #maxDeadLetters}. */
    public static final long DEFAULT_MAX_DEAD_LETTERS = 1000;

    public Migration {
        tables = List.copyOf(tables);
    }

    /** A migration with the usual limits. */
    public Migration(
            String name,
            Database database,
            Keys keys,
            Optional<Kafka> kafka,
            SnapshotMode snapshot,
            List<Table> tables,
            long maxDeadLetters,
            Http http,
            Optional<Changes> changes) {
        this(
                name,
                database,
                keys,
                kafka,
                snapshot,
                tables,
                maxDeadLetters,
                http,
                changes,
                Limits.DEFAULT,
                false,
                Retirement.NONE);
    }

    /** A migration with the defaults of the rest. */
    public Migration(
            String name,
            Database database,
            Keys keys,
            Optional<Kafka> kafka,
            SnapshotMode snapshot,
            List<Table> tables,
            long maxDeadLetters) {
        this(name, database, keys, kafka, snapshot, tables, maxDeadLetters, Http.DEFAULT, Optional.empty());
    }

    /** How many requests to KMS a value takes that has to be re-encrypted. */
    public int requestsPerValue() {
        return verifyBeforeWrite ? 3 : 1;
    }

    /** The topic of a table's changes. */
    public String changeTopic(TableName table) {
        return changes.map(own -> own.topic(table)).orElseGet(() -> new Topics(name).changes(table));
    }

    /** What the stream-processor reads: the tables' change topics, and the sweep's. */
    public Set<String> inputTopics() {
        return Stream.concat(
                        tables.stream().map(table -> changeTopic(table.name())), Stream.of(new Topics(name).sweep()))
                .collect(Collectors.toUnmodifiableSet());
    }

    /** The replication slot that the changes come from. */
    public String slot() {
        return changes.map(Changes::slot).orElseGet(() -> new Topics(name).slot());
    }

    /**
     * A short digest of what decides how a column's values are re-encrypted: its encoding, its context, and the keys. A
     * value that failed under other settings may pass under these.
     */
    public String settings(Column column) {
        String settings = String.join(
                "\n",
                column.encoding().word(),
                column.context().toString(),
                new TreeSet<>(keys.source()).toString(),
                keys.target());
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(settings.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest, 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /** The PostgreSQL database, as a JDBC URL without credentials, and where the credentials come from. */
    public record Database(String url, Credentials credentials) {

        /** Without the URL's parameters, which may hold a client key's password. */
        @Override
        public String toString() {
            return "Database[url=" + url.replaceFirst("\\?.*", "") + ", credentials=" + credentials + "]";
        }
    }

    /** Where user and password come from; never the password itself. */
    public sealed interface Credentials {

        /** A secret of AWS Secrets Manager, by ARN: JSON with {@code username} and {@code password}. */
        record SecretsManager(String arn) implements Credentials {}

        /** A user, with the password in an environment variable. */
        record PasswordEnv(String user, String variable) implements Credentials {}

        /** A user, with the password in a file, whose path is relative to that of migration.yaml. */
        record PasswordFile(String user, Path file) implements Credentials {}

        /** A user of RDS or Aurora that AWS IAM vouches for: its password is a token signed for a quarter of an hour. */
        record Iam(String user) implements Credentials {}
    }

    /**
     * @param region the Region of the source keys, the target key and every call
     * @param source ARNs of the source keys, at least one
     * @param target ARN of the target key, a multi-Region key
     * @param replicas Regions with a replica of the target key
     * @param maxRequestsPerSecond ceiling of KMS requests a second of this migration
     */
    public record Keys(
            String region, List<String> source, String target, List<String> replicas, int maxRequestsPerSecond) {

        public Keys {
            source = List.copyOf(source);
            replicas = List.copyOf(replicas);
        }

        /** The ARN of the target key's replica in a Region. */
        public String replica(String region) {
            return target.replaceFirst(":kms:[^:]+:", ":kms:" + region + ":");
        }
    }

    /**
     * @param replicationFactor of the topics; empty for the cluster's own default
     * @param properties client properties for every Kafka client; values may be secret, so toString has only names
     */
    public record Kafka(String bootstrapServers, Optional<Integer> replicationFactor, Map<String, String> properties) {

        public Kafka {
            properties = Map.copyOf(properties);
        }

        @Override
        public String toString() {
            return "Kafka[bootstrapServers=" + bootstrapServers + ", properties=" + new TreeSet<>(properties.keySet())
                    + "]";
        }
    }

    /**
     * One table and its encrypted columns, at least one.
     *
     * @param rowKey name of the unique index that tells rows apart; empty for the primary key
     */
    public record Table(TableName name, Optional<String> rowKey, List<Column> columns) {

        public Table {
            columns = List.copyOf(columns);
        }

        /** A table whose rows are told apart by the primary key. */
        public Table(TableName name, List<Column> columns) {
            this(name, Optional.empty(), columns);
        }

        /** Every column that the encryption contexts are made from. */
        public Set<String> contextColumns() {
            Set<String> names = new TreeSet<>();
            columns.forEach(column -> names.addAll(column.context().columns()));
            return names;
        }
    }

    /**
     * The address that the dashboard, health and metrics are served at.
     *
     * @param port 0 for any free one
     * @param tokenFile holds the token that whoever steers from the dashboard has to give; empty where the environment
     *     has it, or nobody has
     * @param allowedHosts names that the dashboard may be asked for by, besides the host and those of this machine
     */
    public record Http(String host, int port, Optional<Path> tokenFile, List<String> allowedHosts) {

        /** This machine only, and any free port. */
        public static final Http DEFAULT = new Http("127.0.0.1", 0);

        public Http {
            allowedHosts = List.copyOf(allowedHosts);
        }

        /** An address with the defaults of the rest. */
        public Http(String host, int port) {
            this(host, port, Optional.empty(), List.of());
        }
    }

    /**
     * Beyond which the sink slows down; empty where it takes no notice.
     *
     * @param maxReplicaLag how far a standby, or a replica of Aurora's, may be behind in applying
     * @param maxSlotWal bytes of write-ahead log that the server may keep for the migration's slot
     * @param maxLockWaits how many of the application's sessions may wait at a time for locks of the sink's
     * @param maxWriteLatency how long one statement of the sink's may take
     */
    public record Limits(
            Optional<Duration> maxReplicaLag,
            OptionalLong maxSlotWal,
            OptionalLong maxLockWaits,
            Optional<Duration> maxWriteLatency) {

        public static final Limits DEFAULT = new Limits(
                Optional.of(Duration.ofSeconds(10)),
                OptionalLong.of(4L << 30),
                OptionalLong.of(5),
                Optional.of(Duration.ofSeconds(1)));
    }

    /** One encrypted column. */
    public record Column(String name, Encoding encoding, ContextTemplate context) {}
}
