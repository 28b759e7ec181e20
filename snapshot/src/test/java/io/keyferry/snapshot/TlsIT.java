package io.keyferry.snapshot;

import static io.keyferry.snapshot.Workbench.layout;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.keyferry.database.DatabaseException;
import io.keyferry.database.DatabaseLogin;
import io.keyferry.database.JdbcDatabase;
import io.keyferry.sandbox.SandboxKafka;
import io.keyferry.sandbox.SandboxPostgres;
import io.keyferry.servers.CertificateAuthority;
import io.keyferry.servers.Servers;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server that lets nobody in without TLS, and clients that look whom they have before them. */
class TlsIT {

    private static final int VERSION = 18;

    @TempDir
    private static Path folder;

    private static CertificateAuthority authority;
    private static SandboxPostgres postgres;
    private static SandboxKafka kafka;

    @BeforeAll
    static void start() throws Exception {
        authority = CertificateAuthority.create(folder.resolve("trusted"));
        postgres = SandboxPostgres.start(0, null, authority.serverSettings("localhost"));
        kafka = Servers.kafka();
        try (Connection connection = postgres.connect();
                Statement statement = connection.createStatement()) {
            Path rules;
            try (ResultSet file = statement.executeQuery("SHOW hba_file")) {
                file.next();
                rules = Path.of(file.getString(1));
            }
            Files.writeString(rules, "hostssl all all all scram-sha-256\nhostssl replication all all scram-sha-256\n");
            statement.execute("SELECT pg_reload_conf()");
        }
    }

    @AfterAll
    static void stop() {
        kafka.close();
        postgres.close();
    }

    private static JdbcDatabase database(String host, String sslmode, Path trusted) {
        return new JdbcDatabase(
                "jdbc:postgresql://" + host + ":" + postgres.port() + "/postgres?sslmode=" + sslmode + "&sslrootcert="
                        + URLEncoder.encode(trusted.toString(), StandardCharsets.UTF_8),
                () -> new DatabaseLogin(postgres.user(), postgres.password()));
    }

    @Test
    void everyConnectionOfTheSnapshotStageIsEncryptedAndKnowsItsServer() throws Exception {
        JdbcDatabase database = database("localhost", "verify-full", authority.certificate());
        Workbench bench = Workbench.of(postgres, kafka, "tls", layout("public", "tls", List.of("id"), "secret"));
        bench.sql("CREATE TABLE tls (id bigint PRIMARY KEY, secret text)", "INSERT INTO tls VALUES (1, 'first')");

        try (SnapshotStage stage = bench.stage(database)) {
            stage.start();
            await().atMost(Duration.ofSeconds(60)).until(() -> bench.progress().complete());
            bench.sql("UPDATE tls SET secret = 'second'");
            await().atMost(Duration.ofSeconds(60)).until(() -> bench.changes().size() > 1);

            assertThat(bench.query("SELECT bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_replication USING (pid)"))
                    .as("the connection that changes come through")
                    .isEqualTo("t");
        }
        assertThatThrownBy(() -> database("localhost", "disable", authority.certificate())
                        .connect("test"))
                .as("the server refuses what is not encrypted")
                .isInstanceOf(DatabaseException.class);
    }

    @Test
    void aServerOfAnotherAuthorityIsRefused() throws Exception {
        Path other = CertificateAuthority.create(folder.resolve("other")).certificate();
        JdbcDatabase database = database("localhost", "verify-full", other);

        assertThatThrownBy(() -> database.connect("test"))
                .isInstanceOf(DatabaseException.class)
                .hasMessageContaining("sslrootcert")
                .hasMessageContaining("not trusted");
        assertThatThrownBy(() -> EngineConnections.replication(database, VERSION))
                .as("Debezium's connections")
                .isInstanceOf(SQLException.class);
    }

    @Test
    void aServerOfAnotherNameIsRefused() throws Exception {
        JdbcDatabase database = database("127.0.0.1", "verify-full", authority.certificate());

        assertThatThrownBy(() -> database.connect("test"))
                .isInstanceOf(DatabaseException.class)
                .hasMessageContaining("by the name that its certificate is for");
        assertThatThrownBy(() -> EngineConnections.replication(database, VERSION))
                .as("Debezium's connections")
                .isInstanceOf(SQLException.class);
        try (Connection withoutTheName =
                database("127.0.0.1", "verify-ca", authority.certificate()).connect("test")) {
            assertThat(withoutTheName.isValid(5)).isTrue();
        }
    }

    @Test
    void aFileThatIsNotThereIsTold() {
        JdbcDatabase database = database("localhost", "verify-full", folder.resolve("none.pem"));

        assertThatThrownBy(() -> database.connect("test"))
                .isInstanceOf(DatabaseException.class)
                .hasMessageContaining("none.pem")
                .hasMessageContaining("check sslrootcert");
    }
}
