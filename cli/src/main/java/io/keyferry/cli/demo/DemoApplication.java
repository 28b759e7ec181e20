package io.keyferry.cli.demo;

import io.keyferry.kms.KmsAccess;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/**
 * An application at work on the demo's table, with connections, KMS client and threads of its own. It encrypts under the
 * source key until it is switched, decrypts without pinning a key, and remembers what it has committed.
 */
public final class DemoApplication implements AutoCloseable {

    private static final int WRITES_A_SECOND_OF_A_THREAD = 25;
    private static final int MOST_THREADS = 16;
    private static final long FURTHEST_BEHIND = Duration.ofMillis(500).toNanos();
    private static final Duration LAST_WRITES = Duration.ofSeconds(60);

    private final DemoDatabase database;
    private final DemoKms kms;
    private final DemoKeys keys;
    private final CommittedCustomers committed;
    private final WriteRecord record;
    private final LiveCounts counts = new LiveCounts();
    private final AtomicReference<String> key;
    private final AtomicBoolean stopping = new AtomicBoolean();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private final List<Thread> threads = new ArrayList<>();

    /**
     * @param kms of the Region of source and target key
     * @param committed what the table holds; the record is kept in it
     */
    public DemoApplication(DemoDatabase database, KmsAccess kms, DemoKeys keys, CommittedCustomers committed) {
        this(database, kms, keys, committed, WriteRecord.NONE);
    }

    private DemoApplication(
            DemoDatabase database, KmsAccess kms, DemoKeys keys, CommittedCustomers committed, WriteRecord record) {
        this.database = database;
        this.keys = keys;
        this.committed = committed;
        this.record = record;
        this.key = new AtomicReference<>(keys.source());
        this.kms = new DemoKms(kms, 4 * MOST_THREADS);
    }

    /**
     * An application that goes on with a seeded database, and keeps its record there: another process may prove it, and
     * its own next start goes on from it. One at a time.
     */
    public static DemoApplication onSeeded(DemoDatabase database, KmsAccess kms, DemoKeys keys) {
        try (Connection connection = database.connect()) {
            connection.setAutoCommit(false);
            return new DemoApplication(database, kms, keys, CommittedTable.read(connection), new CommittedTable());
        } catch (SQLException e) {
            throw new DemoException(
                    "The demo's record " + CommittedTable.NAME + " cannot be read: " + e.getMessage()
                            + ". It is made by keyferry demo seed.",
                    e);
        }
    }

    /** Begins to write at this rate, spread evenly; once. */
    public void start(int writesPerSecond) {
        int writers = Math.min(
                MOST_THREADS, (writesPerSecond + WRITES_A_SECOND_OF_A_THREAD - 1) / WRITES_A_SECOND_OF_A_THREAD);
        List<Long> ids = committed.ids();
        for (int i = 0; i < writers; i++) {
            int index = i;
            List<Long> rows = ids.stream().filter(id -> id % writers == index).toList();
            Duration interval = Duration.ofNanos(1_000_000_000L * writers / writesPerSecond);
            Thread thread = new Thread(
                    () -> write(rows, interval, interval.multipliedBy(index).dividedBy(writers)));
            thread.setName("demo-application-" + index);
            thread.setDaemon(true);
            threads.add(thread);
        }
        threads.forEach(Thread::start);
    }

    private void write(List<Long> rows, Duration interval, Duration first) {
        try (CustomerStore store = new CustomerStore(database, record)) {
            LiveWriter writer = new LiveWriter(store, kms, key::get, committed, counts, stopping::get, rows);
            long due = System.nanoTime() + first.toNanos();
            while (!stopping.get()) {
                long early = due - System.nanoTime();
                if (early > 0) {
                    LockSupport.parkNanos(early);
                    continue;
                }
                writer.write();
                // What was missed in a short pause is made up for; a long one would end in a flood.
                due = Math.max(due + interval.toNanos(), System.nanoTime() - FURTHEST_BEHIND);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            failure.compareAndSet(null, e);
        } catch (RuntimeException | Error e) {
            failure.compareAndSet(null, e);
        }
    }

    /** From here on values are encrypted under the target key; a write already begun may still come under the source key. */
    public void switchToTargetKey() {
        key.set(keys.target());
    }

    public LiveFigures figures() {
        return counts.figures();
    }

    /**
     * Ends the writes and waits for those under way, after which the record is final.
     *
     * @throws DemoException where a thread has failed, or cannot find out what became of its last write
     */
    public LiveFigures stop() {
        stopping.set(true);
        threads.forEach(LockSupport::unpark);
        long end = System.nanoTime() + LAST_WRITES.toNanos();
        try {
            for (Thread thread : threads) {
                thread.join(Math.max(1, (end - System.nanoTime()) / 1_000_000));
                if (thread.isAlive()) {
                    thread.interrupt();
                    throw new DemoException(
                            "The live application cannot finish its last write: database or KMS has not answered for "
                                    + LAST_WRITES.toSeconds() + " s",
                            null);
                }
            }
        } catch (InterruptedException e) {
            threads.forEach(Thread::interrupt);
            Thread.currentThread().interrupt();
            throw new DemoException("Interrupted while the live application was ending", e);
        }
        failIfBroken();
        return figures();
    }

    /** @throws DemoException where one of its threads has failed */
    public void failIfBroken() {
        if (failure.get() != null) {
            throw new DemoException("The live application has failed: " + failure.get(), failure.get());
        }
    }

    @Override
    public void close() {
        try {
            stop();
        } finally {
            kms.close();
        }
    }
}
