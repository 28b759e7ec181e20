package io.keyferry.cli.campaign;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicReference;

/**
 * An application with many connections at work on the migrated tables. It writes under the source key, then under both,
 * as while its instances are replaced, then under the target key.
 */
final class Application {

    private static final int CONNECTIONS = 6;
    private static final int ROWS_OF_EACH = 400;

    private final Ledger ledger = new Ledger();
    private final List<Writer> writers = new ArrayList<>();
    private List<Thread> threads = List.of();
    private volatile boolean stopping;
    private volatile double targetShare;
    private final AtomicReference<Throwable> failure = new AtomicReference<>();

    Application(Site site, SplittableRandom random) throws SQLException {
        for (int i = 1; i <= CONNECTIONS; i++) {
            writers.add(new Writer(
                    i,
                    site,
                    ledger,
                    dice -> dice.nextDouble() < targetShare ? site.targetKey() : site.sourceKey(),
                    () -> stopping,
                    random.split()));
        }
        for (Writer writer : writers) {
            try (Connection connection = site.connect("application-fill")) {
                connection.setAutoCommit(false);
                writer.fill(connection, ROWS_OF_EACH);
            }
        }
    }

    void start() {
        stopping = false;
        threads = writers.stream()
                .map(writer -> {
                    Thread thread = new Thread(writer, "application");
                    thread.setDaemon(true);
                    thread.setUncaughtExceptionHandler((which, error) -> failure.compareAndSet(null, error));
                    thread.start();
                    return thread;
                })
                .toList();
    }

    /** @param share of its values that are under the target key from now on, 0 to 1 */
    void writeUnderTarget(double share) {
        targetShare = share;
    }

    /** Returns when it is known of every transaction whether it was committed. */
    void stop() throws InterruptedException {
        stopping = true;
        for (Thread thread : threads) {
            thread.join(120_000);
            if (thread.isAlive()) {
                throw new AssertionError("the application does not stop");
            }
        }
        if (failure.get() != null) {
            throw new AssertionError("the application failed", failure.get());
        }
    }

    Ledger ledger() {
        return ledger;
    }
}
