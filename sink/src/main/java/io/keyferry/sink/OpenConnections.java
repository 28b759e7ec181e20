package io.keyferry.sink;

import io.keyferry.database.Database;
import io.keyferry.database.DatabaseAddress;
import io.keyferry.database.DatabaseLogin;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/**
 * A database that can break off its connections: a statement may wait without end, for a synchronous standby above all.
 * Breaking off asks the server for nothing, so what was not acknowledged is not taken for done. Safe for many threads.
 */
final class OpenConnections implements Database {

    private final Database database;
    private final List<Connection> open = new ArrayList<>();

    OpenConnections(Database database) {
        this.database = database;
    }

    @Override
    public Connection connect(String part) throws SQLException {
        Connection connection = database.connect(part);
        synchronized (open) {
            for (Connection other : List.copyOf(open)) {
                if (other.isClosed()) {
                    open.remove(other);
                }
            }
            open.add(connection);
        }
        return connection;
    }

    /** Breaks off every connection; a thread that waits for one of them fails. */
    void abort() throws SQLException {
        synchronized (open) {
            for (Connection connection : open) {
                connection.abort(Runnable::run);
            }
        }
    }

    @Override
    public DatabaseAddress address() {
        return database.address();
    }

    @Override
    public DatabaseLogin login() {
        return database.login();
    }
}
