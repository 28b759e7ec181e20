package io.keyferry.cli.demo;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/**
 * The application's statements on its table, each a transaction of its own that says what the row is to hold: made twice
 * it does what it does once. Owned by one thread; connects again after {@link #reconnect()}.
 */
final class CustomerStore implements AutoCloseable {

    private final DemoDatabase database;
    private final WriteRecord record;
    private Connection connection;

    CustomerStore(DemoDatabase database, WriteRecord record) {
        this.database = database;
        this.record = record;
    }

    long nextId() throws SQLException {
        try (Statement statement = connection().createStatement();
                ResultSet result = statement.executeQuery(
                        "SELECT nextval(pg_get_serial_sequence('" + DemoTable.NAME + "', 'id'))")) {
            result.next();
            return result.getLong(1);
        }
    }

    /** @param stored the text of the encrypted columns, as PostgreSQL casts it */
    void insert(long id, Customer customer, Map<EncryptedColumn, String> stored) throws SQLException {
        transaction(connection -> {
            execute(
                    "INSERT INTO " + DemoTable.NAME + " (ssn_encrypted, card, id, name, email)"
                            + " VALUES (?, ?::bytea, ?, 'New customer', 'new@example.com') ON CONFLICT (id) DO NOTHING",
                    stored.get(EncryptedColumn.SSN),
                    stored.get(EncryptedColumn.CARD),
                    id);
            record.inserted(connection, id, customer);
        });
    }

    /** @param stored the columns to change; others stay as they are */
    void update(long id, Customer customer, Map<EncryptedColumn, String> stored) throws SQLException {
        transaction(connection -> {
            execute(
                    "UPDATE " + DemoTable.NAME + " SET ssn_encrypted = coalesce(?, ssn_encrypted),"
                            + " card = coalesce(?::bytea, card), updated_at = now() WHERE id = ?",
                    stored.get(EncryptedColumn.SSN),
                    stored.get(EncryptedColumn.CARD),
                    id);
            record.updated(connection, id, customer, stored.keySet());
        });
    }

    void updateName(long id, String name) throws SQLException {
        execute("UPDATE " + DemoTable.NAME + " SET name = ?, updated_at = now() WHERE id = ?", name, id);
    }

    void delete(long id) throws SQLException {
        transaction(connection -> {
            execute("DELETE FROM " + DemoTable.NAME + " WHERE id = ?", id);
            record.deleted(connection, id);
        });
    }

    Optional<Map<EncryptedColumn, String>> read(long id) throws SQLException {
        try (PreparedStatement statement = connection()
                .prepareStatement(
                        "SELECT ssn_encrypted, card::text AS card FROM " + DemoTable.NAME + " WHERE id = ?")) {
            statement.setLong(1, id);
            try (ResultSet row = statement.executeQuery()) {
                if (!row.next()) {
                    return Optional.empty();
                }
                Map<EncryptedColumn, String> stored = new EnumMap<>(EncryptedColumn.class);
                for (EncryptedColumn column : EncryptedColumn.values()) {
                    stored.put(column, row.getString(column.column()));
                }
                return Optional.of(stored);
            }
        }
    }

    @FunctionalInterface
    private interface Writes {

        void make(Connection connection) throws SQLException;
    }

    /** All or nothing; after a failure the connection is to be given up. */
    private void transaction(Writes writes) throws SQLException {
        connection().setAutoCommit(false);
        writes.make(connection);
        connection.commit();
        connection.setAutoCommit(true);
    }

    private void execute(String sql, Object... parameters) throws SQLException {
        try (PreparedStatement statement = connection().prepareStatement(sql)) {
            for (int i = 0; i < parameters.length; i++) {
                statement.setObject(i + 1, parameters[i]);
            }
            statement.executeUpdate();
        }
    }

    private Connection connection() throws SQLException {
        if (connection == null) {
            connection = database.connect();
        }
        return connection;
    }

    /** Gives the connection up: after an error it may be in any state. */
    void reconnect() {
        Connection old = connection;
        connection = null;
        if (old != null) {
            try {
                old.close();
            } catch (SQLException alreadyBroken) {
                // It was closed because it may be broken; there is nothing left to be done with it.
                connection = null;
            }
        }
    }

    @Override
    public void close() {
        reconnect();
    }
}
