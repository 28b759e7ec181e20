package io.keyferry.cli;

import io.keyferry.cli.demo.DemoDatabase;
import io.keyferry.cli.demo.DemoTable;
import io.keyferry.cli.demo.EncryptedColumn;
import io.keyferry.cli.terminal.Figures;
import io.keyferry.model.ContextTemplate;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * An application that writes under the source key at a steady rate, updates and inserts by turns, and how long rows that it
 * inserted take, from commit on, until they hold another value; of those written since there is a replication slot.
 */
final class LiveLatency implements AutoCloseable {

    private static final ContextTemplate CONTEXT = ContextTemplate.parse(EncryptedColumn.SSN.contextTexts());
    private static final int SAMPLED = 20;
    private static final long LOOK_MILLIS = 20;
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    private final DemoDatabase database;
    private final DemoTable.Encryption encryption;
    private final long everyNanos;
    private final int rows;
    private final Map<Long, Written> outstanding = new ConcurrentHashMap<>();
    private final List<Long> latencies = new CopyOnWriteArrayList<>();
    private final Thread writer = new Thread(() -> run(this::write), "live-writer");
    private final Thread watcher = new Thread(() -> run(this::watch), "live-watcher");
    private volatile boolean writing = true;
    private volatile boolean watching = true;
    private volatile boolean streamed;
    private volatile long writes;
    private volatile double longestTransaction;
    private volatile SQLException failure;

    private record Written(String value, long committed) {}

    /** @param samples nanoseconds, in order */
    record Figures(long writes, List<Long> samples, Duration longestTransaction) {

        long millis(double share) {
            return TimeUnit.NANOSECONDS.toMillis(samples.get((int) Math.ceil(share * samples.size()) - 1));
        }
    }

    LiveLatency(DemoDatabase database, DemoTable.Encryption encryption, int writesASecond, int rows) {
        this.database = database;
        this.encryption = encryption;
        this.everyNanos = TimeUnit.SECONDS.toNanos(1) / writesASecond;
        this.rows = rows;
    }

    void start() {
        writer.start();
        watcher.start();
    }

    /** Ends the writing, and returns when what was written until now has been moved. */
    Figures stop() throws InterruptedException, SQLException {
        long until = writes;
        writing = false;
        writer.join();
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!outstanding.isEmpty() && failure == null && System.nanoTime() < end) {
            Thread.sleep(LOOK_MILLIS);
        }
        close();
        if (failure != null) {
            throw failure;
        }
        if (!outstanding.isEmpty()) {
            throw new IllegalStateException(outstanding.size() + " live writes have not been moved");
        }
        return new Figures(
                until, latencies.stream().sorted().toList(), Duration.ofMillis(Math.round(longestTransaction * 1000)));
    }

    private interface Work {
        void run(Connection connection) throws SQLException, InterruptedException;
    }

    private void run(Work work) {
        try (Connection connection = database.connect()) {
            work.run(connection);
        } catch (SQLException e) {
            failure = e;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void write(Connection connection) throws SQLException {
        try (PreparedStatement update =
                        connection.prepareStatement("UPDATE customers SET ssn_encrypted = ? WHERE id = ?");
                PreparedStatement insert = connection.prepareStatement(
                        "INSERT INTO customers (id, name, email, ssn_encrypted) VALUES (?, 'live', 'live', ?)")) {
            long begun = System.nanoTime();
            for (long n = 1; writing; n++) {
                boolean inserts = n % 2 == 0;
                long id = inserts ? 10_000_000 + n : n * 7919 % rows + 1;
                byte[] ciphertext = encryption.encrypt(
                        ("live " + n).getBytes(StandardCharsets.UTF_8), CONTEXT.render(column -> String.valueOf(id)));
                String value = EncryptedColumn.SSN.encoding().encode(ciphertext, "");
                PreparedStatement statement = inserts ? insert : update;
                statement.setObject(inserts ? 1 : 2, id);
                statement.setString(inserts ? 2 : 1, value);
                statement.executeUpdate();
                if (streamed && n % SAMPLED == 0) {
                    outstanding.put(id, new Written(value, System.nanoTime()));
                }
                writes = n;
                LockSupport.parkNanos(begun + n * everyNanos - System.nanoTime());
            }
        }
    }

    private void watch(Connection connection) throws SQLException, InterruptedException {
        try (PreparedStatement moved = connection.prepareStatement(
                        "SELECT c.id FROM unnest(?::bigint[], ?::text[]) AS v (id, value) JOIN customers c USING (id)"
                                + " WHERE c.ssn_encrypted <> v.value");
                Statement transactions = connection.createStatement()) {
            while (watching) {
                if (!streamed) {
                    try (ResultSet slot = transactions.executeQuery(
                            "SELECT 1 FROM pg_replication_slots WHERE confirmed_flush_lsn IS NOT NULL")) {
                        streamed = slot.next();
                    }
                }
                Map<Long, Written> now = Map.copyOf(outstanding);
                moved.setArray(
                        1, connection.createArrayOf("bigint", now.keySet().toArray()));
                moved.setArray(
                        2,
                        connection.createArrayOf(
                                "text",
                                now.values().stream().map(Written::value).toArray()));
                try (ResultSet found = moved.executeQuery()) {
                    while (found.next()) {
                        long id = found.getLong(1);
                        latencies.add(System.nanoTime() - now.get(id).committed());
                        outstanding.remove(id);
                    }
                }
                try (ResultSet open = transactions.executeQuery(
                        "SELECT coalesce(max(extract(epoch FROM clock_timestamp() - xact_start)), 0)"
                                + " FROM pg_stat_activity WHERE backend_type = 'client backend'"
                                + " AND pid <> pg_backend_pid()")) {
                    open.next();
                    longestTransaction = Math.max(longestTransaction, open.getDouble(1));
                }
                Thread.sleep(LOOK_MILLIS);
            }
        }
    }

    @Override
    public void close() {
        writing = false;
        watching = false;
        try {
            writer.join();
            watcher.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
