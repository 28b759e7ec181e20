package io.keyferry.database;

import io.keyferry.model.Migration;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import org.postgresql.ds.PGSimpleDataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A database reached by a JDBC URL. It keeps the login and reads it again when the server refuses it. */
public final class JdbcDatabase implements Database {

    private static final Logger LOG = LoggerFactory.getLogger(JdbcDatabase.class);
    private static final int CONNECT_SECONDS = 10;
    private static final int LOGIN_SECONDS = 30;
    private static final int SILENT_SECONDS = 300;

    private final String url;
    private final DatabaseAddress address;
    private final LoginSource source;
    private final Object lock = new Object();
    private DatabaseLogin login;
    private long readAt;

    /**
     * A database that nothing is asked of yet.
     *
     * @param url JDBC URL without credentials
     * @throws IllegalArgumentException where the URL is none of PostgreSQL
     */
    public JdbcDatabase(String url, LoginSource source) {
        this.url = url;
        this.address = DatabaseAddress.parse(url);
        this.source = source;
    }

    /** The database of a migration. */
    public static JdbcDatabase of(Migration.Database database) {
        return new JdbcDatabase(database.url(), LoginSource.of(database));
    }

    /**
     * {@inheritDoc}
     *
     * @throws DatabaseException where only a change of configuration helps: login, database, TLS
     * @throws SQLException where trying again may help
     */
    @Override
    public Connection connect(String part) throws SQLException {
        DatabaseLogin used = loginToConnect(null);
        try {
            return open(part, used);
        } catch (SQLException e) {
            if (!ConnectionFailure.isRefusedLogin(e)) {
                throw ConnectionFailure.explained(e, address, used);
            }
            LOG.info("{} refuses the login of user {}: reading it again", address, used.user());
            DatabaseLogin again = loginToConnect(used);
            if (again.equals(used)) {
                throw ConnectionFailure.explained(e, address, used);
            }
            return openAgain(part, again);
        }
    }

    private Connection openAgain(String part, DatabaseLogin again) throws SQLException {
        try {
            return open(part, again);
        } catch (SQLException e) {
            throw ConnectionFailure.explained(e, address, again);
        }
    }

    @Override
    public DatabaseAddress address() {
        return address;
    }

    @Override
    public DatabaseLogin login() {
        return loginOtherThan(null);
    }

    private DatabaseLogin loginToConnect(DatabaseLogin refused) throws SQLException {
        try {
            return loginOtherThan(refused);
        } catch (LoginUnavailableException e) {
            throw new SQLTransientConnectionException(e.getMessage(), "08000", e);
        }
    }

    /** The login at hand, or read anew where there is none, it is old, or it is the one that was refused. */
    private DatabaseLogin loginOtherThan(DatabaseLogin refused) {
        synchronized (lock) {
            // Another thread may have read it again meanwhile: then that one is tried first.
            if (login == null || login.equals(refused) || isOld()) {
                login = source.read();
                readAt = System.nanoTime();
            }
            return login;
        }
    }

    private boolean isOld() {
        return source.usedFor()
                .filter(time -> System.nanoTime() - readAt > time.toNanos())
                .isPresent();
    }

    private Connection open(String part, DatabaseLogin as) throws SQLException {
        PGSimpleDataSource server = new PGSimpleDataSource();
        server.setURL(url);
        server.setUser(as.user());
        server.setPassword(as.password());
        server.setApplicationName("keyferry " + part);
        // A server's DETAIL quotes the row, and exceptions end up in logs.
        server.setLogServerErrorDetail(false);
        if (!address.parameters().containsKey("connectTimeout")) {
            server.setConnectTimeout(CONNECT_SECONDS);
        }
        if (!address.parameters().containsKey("loginTimeout")) {
            server.setLoginTimeout(LOGIN_SECONDS);
        }
        if (!address.parameters().containsKey("tcpKeepAlive")) {
            // A stage may hold a connection that is quiet for hours.
            server.setTcpKeepAlive(true);
        }
        if (!address.parameters().containsKey("socketTimeout")) {
            // A server that is cut off without a word is given up, and another connection tried. Statements are short;
            // one that waits longer, for a synchronous standby, is asked again and does no harm.
            server.setSocketTimeout(SILENT_SECONDS);
        }
        if (address.hosts().size() > 1 && !address.parameters().containsKey("targetServerType")) {
            // After a failover the old primary may come back as a standby, and it may be the first of the hosts.
            server.setTargetServerType("primary");
        }
        return server.getConnection();
    }
}
