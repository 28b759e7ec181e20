package io.keyferry.benchmark;

import io.keyferry.sandbox.Sandbox;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;

/**
 * A table of rows with one encrypted value each, {@code secret}, in base64 under the source key, and its migration. Used by
 * one thread.
 */
final class BenchTable {

    static final String NAME = "public.customers";
    static final Map<String, String> CONTEXT = Map.of("purpose", "ssn");

    /** So many different values; more rows share them, because to encrypt millions takes longer than to measure. */
    private static final int DIFFERENT = 10_000;

    /** A look reads the whole table once nearly all is moved: it shall not be what the machine is busy with. */
    private static final long LOOK_MILLIS = 300;

    /** Identifies the key of a stored value. */
    static final String HEADER = "substring(decode(secret, 'base64') FROM 6 FOR 32)";

    private final Sandbox sandbox;

    private BenchTable(Sandbox sandbox) {
        this.sandbox = sandbox;
    }

    /** Makes the table, anew where there is one, with that many rows, analysed and with its pages written. */
    static BenchTable create(Sandbox sandbox, int rows) throws SQLException {
        BenchTable table = new BenchTable(sandbox);
        try (Connection connection = sandbox.postgres().connect();
                Statement statement = connection.createStatement()) {
            statement.execute("DROP TABLE IF EXISTS " + NAME);
            statement.execute("CREATE TABLE " + NAME + " (id bigint PRIMARY KEY, name text NOT NULL, secret text,"
                    + " updated_at timestamptz NOT NULL DEFAULT now())");
            statement.execute("CREATE TEMP TABLE pool (n int PRIMARY KEY, secret text)");
            try (PreparedStatement insert = connection.prepareStatement(
                    "INSERT INTO pool SELECT n, s FROM unnest(?::int[], ?::text[]) v(n, s)")) {
                int different = Math.min(rows, DIFFERENT);
                Integer[] numbers = new Integer[different];
                String[] secrets = new String[different];
                for (int i = 0; i < different; i++) {
                    numbers[i] = i;
                    secrets[i] = table.encrypted("000-00-" + i);
                }
                insert.setArray(1, connection.createArrayOf("int", numbers));
                insert.setArray(2, connection.createArrayOf("text", secrets));
                insert.executeUpdate();
            }
            statement.execute("INSERT INTO " + NAME + " SELECT id, 'Customer ' || id, secret FROM generate_series(1, "
                    + rows + ") AS id JOIN pool ON n = id % " + Math.min(rows, DIFFERENT));
            statement.execute("VACUUM (ANALYZE, FREEZE) " + NAME);
            statement.execute("CHECKPOINT");
        }
        return table;
    }

    /** A new value as the application stores it, under the source key. */
    String encrypted(String text) {
        return Base64.getEncoder()
                .encodeToString(sandbox.kms()
                        .provisioning()
                        .encrypt(sandbox.sourceKeyArn(), text.getBytes(StandardCharsets.UTF_8), CONTEXT));
    }

    /** migration.yaml for this table, on the sandbox's Kafka. */
    String migration(String name, int maxRequestsPerSecond) {
        return """
                name: %s
                database:
                  url: %s
                  credentials: {user: %s, passwordEnv: PGPASSWORD}
                keys:
                  region: %s
                  source: [%s]
                  target: %s
                  replicas: [%s]
                  maxRequestsPerSecond: %d
                kafka: {bootstrapServers: "%s"}
                http: {port: 0}
                tables:
                  - table: %s
                    columns:
                      - {column: secret, encoding: base64, context: {purpose: ssn}}
                """.formatted(
                        name,
                        sandbox.postgres().jdbcUrl(),
                        sandbox.postgres().user(),
                        sandbox.region(),
                        sandbox.sourceKeyArn(),
                        sandbox.targetKeyArn(),
                        sandbox.replicaRegion(),
                        maxRequestsPerSecond,
                        sandbox.kafka().bootstrapServers(),
                        NAME);
    }

    /** Whether a value is still under the source key. */
    boolean hasSourceValues() throws SQLException {
        return ask("SELECT EXISTS (SELECT 1 FROM " + NAME + " WHERE " + HEADER + " = '" + header() + "')")
                .equals("t");
    }

    /** Adds that many rows as an application does, with values under the source key. */
    void insert(int rows) throws SQLException {
        execute("INSERT INTO " + NAME + " SELECT (SELECT max(id) FROM " + NAME + ") + n, 'New', '"
                + encrypted("000-00-0000") + "' FROM generate_series(1, " + rows + ") AS n");
    }

    void execute(String statement) throws SQLException {
        try (Connection connection = sandbox.postgres().connect();
                Statement sql = connection.createStatement()) {
            sql.execute(statement);
        }
    }

    /** What identifies the source key's material in the values of this table, as text of bytea. */
    String header() {
        return header(sandbox.sourceKeyArn());
    }

    /** The same of the target key's. */
    String targetHeader() {
        return header(sandbox.targetKeyArn());
    }

    private String header(String key) {
        byte[] value = sandbox.kms().provisioning().encrypt(key, new byte[] {1}, CONTEXT);
        return "\\x" + HexFormat.of().formatHex(value, 5, 37);
    }

    /** How many values are under the target key: reads the whole table. */
    long moved() throws SQLException {
        return Long.parseLong(ask("SELECT count(*) FROM " + NAME + " WHERE " + HEADER + " = '" + targetHeader() + "'"));
    }

    /** Waits until no value is under the source key. */
    void awaitMoved(Duration atMost, KeyferryRun... runs) throws IOException, SQLException, InterruptedException {
        long end = System.nanoTime() + atMost.toNanos();
        while (hasSourceValues()) {
            for (KeyferryRun run : runs) {
                run.mustRun();
            }
            if (System.nanoTime() > end) {
                throw new BenchmarkException("not all values are moved after " + atMost.toSeconds()
                        + " s; keyferry said:\n" + runs[runs.length - 1].told());
            }
            Thread.sleep(LOOK_MILLIS);
        }
    }

    /** The first value of a query's first row. */
    String ask(String query) throws SQLException {
        try (Connection connection = sandbox.postgres().connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(query)) {
            row.next();
            return row.getString(1);
        }
    }
}
