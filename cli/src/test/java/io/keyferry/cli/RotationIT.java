package io.keyferry.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.keyferry.sandbox.Sandbox;
import io.keyferry.servers.Servers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A run whose database password is rotated in Secrets Manager while it is at work. */
@Timeout(240)
class RotationIT {

    private static final int ROWS = 100;
    private static final Duration LONG = Duration.ofSeconds(90);

    @TempDir
    private Path folder;

    private Sandbox sandbox;

    private String secret(String password) {
        return sandbox.kms()
                .provisioning()
                .secret(
                        sandbox.region(),
                        "rotated",
                        "{\"username\":\"ferry\",\"password\":\"" + password + "\",\"engine\":\"postgres\"}");
    }

    private void sql(String... statements) throws SQLException {
        try (Connection connection = sandbox.postgres().connect();
                Statement sql = connection.createStatement()) {
            for (String statement : statements) {
                sql.execute(statement);
            }
        }
    }

    private String ask(String query) throws SQLException {
        try (Connection connection = sandbox.postgres().connect();
                Statement sql = connection.createStatement();
                ResultSet row = sql.executeQuery(query)) {
            row.next();
            return row.getString(1);
        }
    }

    private String encrypted(String plaintext, long id) {
        return Base64.getEncoder()
                .encodeToString(sandbox.kms()
                        .provisioning()
                        .encrypt(
                                sandbox.sourceKeyArn(),
                                plaintext.getBytes(StandardCharsets.UTF_8),
                                Map.of("customer_id", String.valueOf(id), "purpose", "ssn")));
    }

    /** Moves what the application has just written. */
    private void assertMoves(String plaintext, KeyferryProcess run) throws SQLException {
        String written = encrypted(plaintext, 1);
        sql("UPDATE customers SET ssn_encrypted = '" + written + "' WHERE id = 1");
        await().atMost(LONG).untilAsserted(() -> {
            assertThat(run.isAlive()).as(run.err()).isTrue();
            assertThat(ask("SELECT ssn_encrypted FROM customers WHERE id = 1")).isNotEqualTo(written);
        });
    }

    @Test
    void everyPartOfARunLogsInAnewWithTheNewPassword() throws Exception {
        sandbox = Servers.sandbox();
        try {
            sql(
                    "CREATE TABLE customers (id bigint PRIMARY KEY, ssn_encrypted text, card bytea)",
                    "CREATE ROLE ferry LOGIN SUPERUSER PASSWORD 'one'");
            for (int id = 1; id <= ROWS; id++) {
                sql("INSERT INTO customers VALUES (" + id + ", '" + encrypted("ssn " + id, id) + "', NULL)");
            }
            String arn = secret("one");
            Files.writeString(
                    folder.resolve("migration.yaml"),
                    CustomersFile.withKafka(sandbox).replace(sandbox.secretArn(), arn));
            try (KeyferryProcess run = KeyferryProcess.start(folder, sandbox.environment(), "run")) {
                assertMoves("before", run);

                sql("ALTER ROLE ferry PASSWORD 'two'");
                assertThat(secret("two")).isEqualTo(arn);
                // Debezium's, the sink's and the sweep's sessions; each has to log in again
                String ended =
                        ask("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = 'ferry'");
                assertThat(Integer.parseInt(ended)).isGreaterThanOrEqualTo(3);

                assertMoves("after", run);
                run.terminate();
                assertThat(run.exitCode()).isEqualTo(143);
            }
        } finally {
            sandbox.close();
        }
    }
}
