package io.keyferry.snapshot;

import io.debezium.jdbc.JdbcConfiguration;
import io.debezium.jdbc.JdbcConnection;
import io.keyferry.database.Database;
import io.keyferry.database.DatabaseAddress;
import io.keyferry.database.DatabaseLogin;
import io.keyferry.model.KeyFerryException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.postgresql.Driver;
import org.postgresql.PGProperty;

/**
 * Opens Debezium's connections with everything the migration's JDBC URL says, several hosts included, which Debezium's
 * own settings cannot express. Debezium makes the instance from the class's name.
 */
public final class EngineConnections implements JdbcConnection.ConnectionFactory {

    /** Debezium hands what begins so to the driver. */
    private static final String DRIVER = "driver.";

    private static final String URL = "keyferry.url";
    private static final String APPLICATION_NAME = "keyferry.application.name";

    /** Parameters that say how to reach the server and who it is, or that change no result. */
    private static final Set<String> MAPPED = Set.of(
            "ssl",
            "sslmode",
            "sslrootcert",
            "sslcert",
            "sslkey",
            "sslpassword",
            "sslpasswordcallback",
            "sslfactory",
            "sslfactoryarg",
            "sslhostnameverifier",
            "sslNegotiation",
            "sslResponseTimeout",
            "channelBinding",
            "requireAuth",
            "gssEncMode",
            "gssResponseTimeout",
            "gsslib",
            "kerberosServerName",
            "jaasApplicationName",
            "jaasLogin",
            "useSpnego",
            "authenticationPluginClassName",
            "socketFactory",
            "socketFactoryArg",
            "localSocketAddress",
            "connectTimeout",
            "loginTimeout",
            "socketTimeout",
            "cancelSignalTimeout",
            "tcpKeepAlive",
            "tcpNoDelay",
            "receiveBufferSize",
            "sendBufferSize",
            "hostRecheckSeconds",
            "loadBalanceHosts",
            "targetServerType",
            "options",
            "currentSchema",
            "prepareThreshold",
            "preparedStatementCacheQueries",
            "preparedStatementCacheSizeMiB",
            "defaultRowFetchSize",
            "reWriteBatchedInserts",
            "logUnclosedConnections",
            "logServerErrorDetail");

    /** Servers a slot cannot be read from, or that are not sure to be the primary. */
    private static final Set<String> TARGETS = Set.of("any", "primary", "master");

    /**
     * Debezium's settings for this address.
     *
     * @param serverVersion the server's major version
     * @throws KeyFerryException naming every parameter that cannot be mapped
     */
    static Map<String, String> settings(DatabaseAddress address, int serverVersion) {
        check(address);
        Map<String, String> settings = new TreeMap<>();
        // Debezium wants one plain host name; the connections are opened by the URL below
        settings.put("database.hostname", "postgresql");
        settings.put("database.dbname", address.name());
        settings.put("database.connection.factory.class", EngineConnections.class.getName());
        settings.put(DRIVER + URL, url(address));
        if (address.hosts().size() > 1) {
            settings.put("driver.targetServerType", "primary");
        }
        address.parameters().forEach((name, value) -> settings.put(DRIVER + name, value));
        String application = settings.remove("driver.ApplicationName");
        if (application != null) {
            settings.put(DRIVER + APPLICATION_NAME, application);
        }
        settings.merge("driver.options", session(serverVersion), (given, ours) -> ours + " " + given);
        return settings;
    }

    /** Refuses what cannot be mapped, rather than leaving it out. */
    static void check(DatabaseAddress address) {
        Set<String> refused = new TreeSet<>(address.parameters().keySet());
        refused.removeAll(MAPPED);
        refused.remove("ApplicationName");
        if (!refused.isEmpty()) {
            throw new KeyFerryException("database.url: the snapshot stage cannot pass " + refused
                    + " on to Debezium's connections; remove it from the URL");
        }
        String target = address.parameters().getOrDefault("targetServerType", "any");
        if (!TARGETS.contains(target)) {
            throw new KeyFerryException("database.url: targetServerType=" + target
                    + " may lead to a standby; write targetServerType=primary, or leave it out");
        }
    }

    private static String url(DatabaseAddress address) {
        return address.hosts().stream()
                .map(host -> (host.name().contains(":") && !host.name().startsWith("[")
                                ? "[" + host.name() + "]"
                                : host.name())
                        + ":" + host.port())
                .collect(Collectors.joining(
                        ",", "jdbc:postgresql://", "/" + URLEncoder.encode(address.name(), StandardCharsets.UTF_8)));
    }

    /**
     * The snapshot is one long transaction that idles while Kafka is slow: no role's default may end it. And a row that a
     * policy hides is an error, not a row that is not there.
     */
    private static String session(int serverVersion) {
        String options = "-c row_security=off -c statement_timeout=0 -c idle_in_transaction_session_timeout=0";
        return serverVersion >= 17 ? options + " -c transaction_timeout=0" : options;
    }

    /** A connection that speaks the replication protocol, to the same servers as Debezium's. */
    static Connection replication(Database database, int serverVersion) throws SQLException {
        Properties properties = new Properties();
        settings(database.address(), serverVersion).forEach((name, value) -> {
            if (name.startsWith(DRIVER)) {
                properties.setProperty(name.substring(DRIVER.length()), value);
            }
        });
        DatabaseLogin login = database.login();
        PGProperty.USER.set(properties, login.user());
        PGProperty.PASSWORD.set(properties, login.password());
        PGProperty.REPLICATION.set(properties, "database");
        PGProperty.ASSUME_MIN_SERVER_VERSION.set(properties, "14");
        PGProperty.PREFER_QUERY_MODE.set(properties, "simple");
        properties.putIfAbsent(PGProperty.SOCKET_TIMEOUT.getName(), "60");
        return open(properties);
    }

    @Override
    public Connection connect(JdbcConfiguration config) throws SQLException {
        return open(config.asProperties());
    }

    private static Connection open(Properties properties) throws SQLException {
        String application = (String) properties.remove(APPLICATION_NAME);
        if (application != null) {
            properties.setProperty("ApplicationName", application);
        }
        boolean replication = properties.containsKey("replication");
        Connection connection = new Driver().connect((String) properties.remove(URL), properties);
        if (!replication) {
            // the driver asks for this machine's zone; see ExactTimes
            try (Statement statement = connection.createStatement()) {
                statement.execute("SET TIME ZONE 'UTC'");
            }
        }
        return connection;
    }
}
