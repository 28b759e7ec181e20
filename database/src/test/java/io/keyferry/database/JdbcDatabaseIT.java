package io.keyferry.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.keyferry.model.Migration;
import io.keyferry.sandbox.SandboxPostgres;
import io.keyferry.servers.Servers;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JdbcDatabaseIT {

    private static SandboxPostgres postgres;

    @BeforeAll
    static void start() throws SQLException {
        postgres = Servers.postgres();
        execute("CREATE ROLE app LOGIN PASSWORD 'old'");
        execute("CREATE ROLE outsider LOGIN PASSWORD 'old'");
        execute("CREATE DATABASE \"Büro 1\"");
        execute("CREATE DATABASE closed");
        execute("REVOKE CONNECT ON DATABASE closed FROM PUBLIC");
    }

    @AfterAll
    static void stop() {
        postgres.close();
    }

    @Test
    void connectsUnderTheNameOfItsPart() throws SQLException {
        JdbcDatabase database = superuser(postgres.jdbcUrl() + "?ApplicationName=other");

        try (Connection connection = database.connect("sink")) {
            assertThat(query(connection, "SHOW application_name")).isEqualTo("keyferry sink");
            assertThat(query(connection, "SELECT current_user")).isEqualTo(postgres.user());
            assertThat(connection.getAutoCommit()).isTrue();
        }
    }

    @Test
    void takesOnlyAPrimaryOfSeveralHosts() throws SQLException {
        // what the driver tells a standby by
        execute("CREATE ROLE standby LOGIN PASSWORD 'old'");
        execute("ALTER ROLE standby SET default_transaction_read_only = on");
        String host = "127.0.0.1:" + postgres.port();
        String twice = "jdbc:postgresql://" + host + "," + host + "/postgres";
        LoginSource standby = () -> new DatabaseLogin("standby", "old");

        assertThatThrownBy(() -> new JdbcDatabase(twice, standby).connect("sink"))
                .isInstanceOf(SQLException.class);
        new JdbcDatabase(twice + "?targetServerType=any", standby)
                .connect("sink")
                .close();
        superuser(twice).connect("sink").close();
    }

    @Test
    void passesTheUrlsParametersOn() throws SQLException {
        JdbcDatabase database =
                superuser(url("B%C3%BCro%201") + "?options=-c%20search_path%3Dapart&socketTimeout=7&loginTimeout=5");

        try (Connection connection = database.connect("test")) {
            assertThat(query(connection, "SHOW search_path")).isEqualTo("apart");
            assertThat(query(connection, "SELECT current_database()")).isEqualTo("Büro 1");
            assertThat(connection.getNetworkTimeout()).isEqualTo(7000);
        }
    }

    @Test
    void triesTheNextHostWhereOneDoesNotAnswer() throws SQLException, IOException {
        JdbcDatabase database = superuser(
                "jdbc:postgresql://127.0.0.1:" + closedPort() + ",127.0.0.1:" + postgres.port() + "/postgres");

        try (Connection connection = database.connect("test")) {
            assertThat(connection.isValid(5)).isTrue();
        }
    }

    @Test
    void readsTheLoginOnceForManyConnections() throws SQLException {
        AtomicInteger reads = new AtomicInteger();
        JdbcDatabase database = new JdbcDatabase(postgres.jdbcUrl(), () -> {
            reads.incrementAndGet();
            return new DatabaseLogin(postgres.user(), postgres.password());
        });

        database.connect("a").close();
        database.connect("b").close();
        database.login();

        assertThat(reads).hasValue(1);
    }

    @Test
    void readsTheLoginAgainWhenItsTimeIsOver() throws SQLException {
        AtomicInteger reads = new AtomicInteger();
        JdbcDatabase database = new JdbcDatabase(postgres.jdbcUrl(), new LoginSource() {
            @Override
            public DatabaseLogin read() {
                reads.incrementAndGet();
                return new DatabaseLogin(postgres.user(), postgres.password());
            }

            @Override
            public Optional<Duration> usedFor() {
                return Optional.of(Duration.ofNanos(1));
            }
        });

        database.connect("a").close();
        database.connect("b").close();

        assertThat(reads).hasValue(2);
    }

    @Test
    void readsTheLoginAgainWhenThePasswordWasRotated(@TempDir Path folder) throws SQLException, IOException {
        Path file = Files.writeString(folder.resolve("password"), "old\n");
        JdbcDatabase database = JdbcDatabase.of(
                new Migration.Database(postgres.jdbcUrl(), new Migration.Credentials.PasswordFile("app", file)));
        database.connect("test").close();

        execute("ALTER ROLE app PASSWORD 'new'");
        Files.writeString(file, "new\n");

        database.connect("test").close();
        assertThat(database.login()).isEqualTo(new DatabaseLogin("app", "new"));
        execute("ALTER ROLE app PASSWORD 'old'");
    }

    @Test
    void saysWhatToDoAboutARefusedLoginAndKeepsThePasswordToItself() {
        AtomicInteger reads = new AtomicInteger();
        JdbcDatabase database = new JdbcDatabase(
                postgres.jdbcUrl(), () -> new DatabaseLogin("app", "hunter" + reads.incrementAndGet()));

        assertThatThrownBy(() -> database.connect("test"))
                .isInstanceOf(DatabaseException.class)
                .hasMessageContaining("127.0.0.1:" + postgres.port())
                .hasMessageContaining("database postgres")
                .hasMessageContaining("user app")
                .hasMessageContaining("database.credentials")
                .message()
                .doesNotContain("hunter");
        assertThat(reads).as("read again once").hasValue(2);
    }

    @Test
    void saysWhatToDoAboutADatabaseThatCannotBeEntered() {
        assertThatThrownBy(() -> superuser(url("nothing")).connect("test"))
                .isInstanceOf(DatabaseException.class)
                .hasMessageContaining("database nothing")
                .hasMessageContaining("check the database's name");
        assertThatThrownBy(() ->
                        new JdbcDatabase(url("closed"), () -> new DatabaseLogin("outsider", "old")).connect("test"))
                .isInstanceOf(DatabaseException.class)
                .hasMessageContaining("user outsider")
                .hasMessageContaining("CONNECT");
        assertThatThrownBy(
                        () -> superuser(postgres.jdbcUrl() + "?sslmode=require").connect("test"))
                .isInstanceOf(DatabaseException.class)
                .hasMessageContaining("check sslmode");
    }

    @Test
    void leavesToARetryWhatARetryCanCure() throws IOException {
        JdbcDatabase down = superuser("jdbc:postgresql://127.0.0.1:" + closedPort() + "/postgres");
        JdbcDatabase unread = new JdbcDatabase(postgres.jdbcUrl(), () -> {
            throw new LoginUnavailableException("the secret does not answer", null);
        });

        assertThatThrownBy(() -> down.connect("test")).isInstanceOf(SQLException.class);
        assertThatThrownBy(() -> unread.connect("test"))
                .isInstanceOf(SQLTransientConnectionException.class)
                .hasMessage("the secret does not answer");
    }

    private static JdbcDatabase superuser(String url) {
        return new JdbcDatabase(url, () -> new DatabaseLogin(postgres.user(), postgres.password()));
    }

    private static String url(String database) {
        return "jdbc:postgresql://127.0.0.1:" + postgres.port() + "/" + database;
    }

    private static int closedPort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private static void execute(String sql) throws SQLException {
        try (Connection connection = postgres.connect();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static String query(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getString(1);
        }
    }
}
