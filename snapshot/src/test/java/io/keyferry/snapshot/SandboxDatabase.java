package io.keyferry.snapshot;

import io.keyferry.database.Database;
import io.keyferry.database.DatabaseAddress;
import io.keyferry.database.DatabaseLogin;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Properties;

/** A database of the sandbox, as a migration's settings would give it. */
record SandboxDatabase(DatabaseAddress address, DatabaseLogin login) implements Database {

    static SandboxDatabase of(int port, String user, String password) {
        return of(port, user, password, Map.of());
    }

    static SandboxDatabase of(int port, String user, String password, Map<String, String> parameters) {
        DatabaseAddress address =
                new DatabaseAddress(List.of(new DatabaseAddress.Host("127.0.0.1", port)), "postgres", parameters);
        return new SandboxDatabase(address, new DatabaseLogin(user, password));
    }

    @Override
    public Connection connect(String part) throws SQLException {
        DatabaseAddress.Host host = address.hosts().get(0);
        Properties properties = new Properties();
        properties.setProperty("user", login.user());
        properties.setProperty("password", login.password());
        properties.setProperty("ApplicationName", part);
        return DriverManager.getConnection(
                "jdbc:postgresql://" + host.name() + ":" + host.port() + "/" + address.name(), properties);
    }
}
