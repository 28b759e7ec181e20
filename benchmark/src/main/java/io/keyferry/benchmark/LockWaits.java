package io.keyferry.benchmark;

import io.keyferry.sandbox.Sandbox;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.atomic.AtomicLong;

/** How often the application was seen to wait for a lock, by looks at what its sessions wait for. */
final class LockWaits implements AutoCloseable {

    private static final long LOOK_MILLIS = 20;

    private final Sandbox sandbox;
    private final Workers workers = new Workers();
    private final AtomicLong looks = new AtomicLong();
    private final AtomicLong waiting = new AtomicLong();

    LockWaits(Sandbox sandbox) {
        this.sandbox = sandbox;
        workers.start("lock-waits", this::look);
    }

    /** What share of the looks, in percent, since this was asked last. */
    double takePercent() {
        workers.check();
        return 100.0 * waiting.getAndSet(0) / Math.max(1, looks.getAndSet(0));
    }

    private void look() throws SQLException, InterruptedException {
        try (Connection connection = sandbox.postgres().connect();
                Statement statement = connection.createStatement()) {
            while (workers.areWanted()) {
                try (ResultSet row = statement.executeQuery("SELECT EXISTS (SELECT 1 FROM pg_stat_activity"
                        + " WHERE application_name = '" + OpenLoop.APPLICATION + "' AND wait_event_type = 'Lock')")) {
                    row.next();
                    if (row.getBoolean(1)) {
                        waiting.incrementAndGet();
                    }
                    looks.incrementAndGet();
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
