package io.keyferry.snapshot;

import io.keyferry.database.Database;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;

/**
 * Makes this the one active instance: a PostgreSQL advisory lock, held for as long as its connection lives. One thread
 * uses it.
 */
final class ActiveLock implements AutoCloseable {

    private static final int NETWORK_TIMEOUT_MS = 10_000;

    private final Connection connection;

    private ActiveLock(Connection connection) {
        this.connection = connection;
    }

    /** Takes the lock of this slot, or gives back empty where another instance has it. */
    static Optional<ActiveLock> tryAcquire(Database database, String slot) throws SQLException {
        Connection connection = database.connect("snapshot lock");
        try {
            connection.setNetworkTimeout(Runnable::run, NETWORK_TIMEOUT_MS);
            if (tryLock(connection, slot)) {
                return Optional.of(new ActiveLock(connection));
            }
        } catch (SQLException | RuntimeException e) {
            connection.close();
            throw e;
        }
        connection.close();
        return Optional.empty();
    }

    private static boolean tryLock(Connection connection, String slot) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("SELECT pg_try_advisory_lock(?)")) {
            statement.setLong(1, key(slot));
            try (ResultSet row = statement.executeQuery()) {
                return row.next() && row.getBoolean(1);
            }
        }
    }

    /** The same for every instance of a migration, whatever runs it. */
    private static long key(String slot) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(slot.getBytes(StandardCharsets.UTF_8));
            return ByteBuffer.wrap(hash).getLong();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The connection that holds the lock: whatever fails on it means that the lock may be lost. */
    Connection connection() {
        return connection;
    }

    /** Fails where the connection, and the lock with it, is gone. */
    void verify() throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("SELECT 1")) {
            statement.execute();
        }
    }

    @Override
    public void close() throws SQLException {
        connection.close();
    }
}
