package io.keyferry.sink;

import io.keyferry.model.Rewrite;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;

/**
 * Waits for transactions that logical decoding has delivered to be visible to other sessions: a commit that waits for a
 * synchronous standby is in the write-ahead log, and delivered, before it is.
 */
final class TransactionVisibility {

    private static final long EPOCH = 1L << 32;
    /** The server says so of a transaction id that it has not reached. */
    private static final String INVALID_PARAMETER_VALUE = "22023";

    private TransactionVisibility() {}

    /** Returns when reading a row shows what its entry's transaction wrote, or something that was written later. */
    static void await(Connection connection, Collection<JournalEntry> entries, Pause pause) throws SQLException {
        Set<Long> open = new HashSet<>();
        // rows that were read, not streamed, have no transaction: what was read was visible
        entries.stream()
                .map(entry -> entry.rewrite().source().txId())
                .filter(Objects::nonNull)
                .forEach(open::add);
        Duration wait = Duration.ofMillis(10);
        LongWait longWait = new LongWait();
        while (!open.isEmpty()) {
            Horizon horizon = horizon(connection);
            Set<Long> invisible = new HashSet<>();
            for (long txId : open) {
                long full = withEpoch(txId, horizon.next());
                if (full >= horizon.oldestRunning() && isRunning(connection, full)) {
                    invisible.add(txId);
                }
            }
            open = invisible;
            if (!open.isEmpty()) {
                longWait.tell(
                        first(entries, open),
                        "whose transaction is not visible yet; is a synchronous standby missing?");
                wait = pause.longer(wait);
            }
        }
    }

    private static Rewrite first(Collection<JournalEntry> entries, Set<Long> open) {
        return entries.stream()
                .map(JournalEntry::rewrite)
                .filter(rewrite -> open.contains(rewrite.source().txId()))
                .findFirst()
                .orElseThrow();
    }

    /** Whatever is older than the oldest running transaction has ended. */
    private record Horizon(long oldestRunning, long next) {}

    private static Horizon horizon(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row =
                        statement.executeQuery("SELECT pg_snapshot_xmin(now.s)::text, pg_snapshot_xmax(now.s)::text"
                                + " FROM (SELECT pg_current_snapshot() AS s) AS now")) {
            row.next();
            return new Horizon(Long.parseLong(row.getString(1)), Long.parseLong(row.getString(2)));
        }
    }

    private static boolean isRunning(Connection connection, long fullId) throws SQLException {
        try (PreparedStatement status = connection.prepareStatement("SELECT pg_xact_status(?::text::xid8)")) {
            status.setString(1, Long.toString(fullId));
            try (ResultSet row = status.executeQuery()) {
                row.next();
                return "in progress".equals(row.getString(1));
            }
        } catch (SQLException e) {
            if (INVALID_PARAMETER_VALUE.equals(e.getSQLState())) {
                // The id lies ahead: it is from before a restore or a wraparound, and nothing waits under it.
                return false;
            }
            throw e;
        }
    }

    /** The full id whose low 32 bits are given and which lies nearest to the next one. */
    static long withEpoch(long txId, long next) {
        long candidate = next / EPOCH * EPOCH + txId % EPOCH;
        if (candidate - next > EPOCH / 2 && candidate >= EPOCH) {
            return candidate - EPOCH;
        }
        return next - candidate > EPOCH / 2 ? candidate + EPOCH : candidate;
    }
}
