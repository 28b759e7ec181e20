package io.keyferry.benchmark;

import io.keyferry.sandbox.Sandbox;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.HdrHistogram.Histogram;

/**
 * An application that writes values under the source key to random rows at a steady rate, and how long each takes until its
 * row holds a value under the target key. A row is not written again before that.
 */
final class LiveWrites implements AutoCloseable {

    private static final int WRITERS = 4;
    /** A look asks for what is outstanding, by primary key: fewer than a hundred rows. */
    private static final long LOOK_MILLIS = 3;

    private final Sandbox sandbox;
    private final BenchTable table;
    private final int rows;
    private final Pace pace;
    private final Workers workers = new Workers();
    private final Set<Long> busy = ConcurrentHashMap.newKeySet();
    private final Map<Long, Written> outstanding = new ConcurrentHashMap<>();
    private final Histogram micros = new Histogram(3);
    private final AtomicLong measured = new AtomicLong();
    private volatile boolean writing = true;
    private volatile boolean measuring;

    private record Written(long before, boolean measured) {}

    LiveWrites(Sandbox sandbox, BenchTable table, int rows, int perSecond) {
        this.sandbox = sandbox;
        this.table = table;
        this.rows = rows;
        pace = new Pace(perSecond);
        for (int i = 0; i < WRITERS; i++) {
            workers.start("live-writer", this::write);
        }
        workers.start("live-watcher", this::watch);
    }

    /** Measures the writes of that time, and returns once all of them are moved: microseconds. */
    Histogram measure(Duration time, Duration patience) throws InterruptedException {
        measuring = true;
        Thread.sleep(time.toMillis());
        measuring = false;
        writing = false;
        long end = System.nanoTime() + patience.toNanos();
        while (!busy.isEmpty()) {
            workers.check();
            if (System.nanoTime() > end) {
                throw new BenchmarkException(
                        busy.size() + " live writes are not moved after " + patience.toSeconds() + " s");
            }
            Thread.sleep(LOOK_MILLIS);
        }
        workers.close();
        return micros;
    }

    /** How many writes are, or will be, in the histogram. */
    long measured() {
        return measured.get();
    }

    private void write() throws SQLException {
        try (Connection connection = sandbox.postgres().connect();
                PreparedStatement update =
                        connection.prepareStatement("UPDATE " + BenchTable.NAME + " SET secret = ? WHERE id = ?")) {
            connection.setAutoCommit(false);
            while (writing && workers.areWanted()) {
                pace.await();
                long id = freeRow();
                update.setString(1, table.encrypted("live " + id));
                update.setLong(2, id);
                update.executeUpdate();
                // before the commit is asked for, so that what is measured is longer than the truth, not shorter
                long before = System.nanoTime();
                boolean counts = measuring;
                connection.commit();
                if (counts) {
                    measured.incrementAndGet();
                }
                // only now: until the commit, the row held the value before, which is under the target key
                outstanding.put(id, new Written(before, counts));
            }
        }
    }

    private long freeRow() {
        while (true) {
            long id = ThreadLocalRandom.current().nextInt(rows) + 1L;
            if (busy.add(id)) {
                return id;
            }
        }
    }

    private void watch() throws SQLException, InterruptedException {
        try (Connection connection = sandbox.postgres().connect();
                PreparedStatement moved = connection.prepareStatement("SELECT id FROM " + BenchTable.NAME
                        + " WHERE id = ANY (?) AND " + BenchTable.HEADER + " = '" + table.targetHeader() + "'")) {
            while (workers.areWanted()) {
                moved.setArray(
                        1,
                        connection.createArrayOf("bigint", outstanding.keySet().toArray()));
                try (ResultSet found = moved.executeQuery()) {
                    long now = System.nanoTime();
                    while (found.next()) {
                        Written written = outstanding.remove(found.getLong(1));
                        if (written.measured()) {
                            micros.recordValue((now - written.before()) / 1000);
                        }
                        busy.remove(found.getLong(1));
                    }
                }
                Thread.sleep(LOOK_MILLIS);
            }
        }
    }

    @Override
    public void close() {
        workers.close();
    }
}
