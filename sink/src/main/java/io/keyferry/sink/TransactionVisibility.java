package io.keyferry.sink;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * Tells whether a transaction that logical decoding has delivered is visible to other sessions yet: a commit that waits
 * for a synchronous standby is in the write-ahead log, and delivered, before it is.
 */
final class TransactionVisibility {

    private static final long EPOCH = 1L << 32;
    /** The server says so of a transaction id that it has not reached. */
    private static final String INVALID_PARAMETER_VALUE = "22023";

    private TransactionVisibility() {}

    /**
     * Whether reading now shows what the transaction wrote, if nothing was written since.
     *
     * @param txId the transaction's low 32 bits; null for a row that was read, which is visible
     */
    static boolean isVisible(Connection connection, Long txId) throws SQLException {
        if (txId == null) {
            return true;
        }
        try (PreparedStatement status = connection.prepareStatement("SELECT pg_xact_status(?::text::xid8)")) {
            status.setString(1, Long.toUnsignedString(withEpoch(txId, next(connection))));
            try (ResultSet row = status.executeQuery()) {
                row.next();
                return !"in progress".equals(row.getString(1));
            }
        } catch (SQLException e) {
            if (INVALID_PARAMETER_VALUE.equals(e.getSQLState())) {
                // The id lies ahead: it is from before a restore or a wraparound, and nothing waits under it.
                return true;
            }
            throw e;
        }
    }

    private static long next(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT pg_snapshot_xmax(pg_current_snapshot())::text")) {
            row.next();
            return Long.parseUnsignedLong(row.getString(1));
        }
    }

    /** The full id whose low bits are given and which lies nearest to the next one. */
    static long withEpoch(long txId, long next) {
        long candidate = next / EPOCH * EPOCH + txId % EPOCH;
        if (candidate - next > EPOCH / 2 && candidate >= EPOCH) {
            return candidate - EPOCH;
        }
        return next - candidate > EPOCH / 2 ? candidate + EPOCH : candidate;
    }
}
