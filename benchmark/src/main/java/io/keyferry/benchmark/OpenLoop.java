package io.keyferry.benchmark;

import io.keyferry.sandbox.Sandbox;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;

/**
 * An application that does the same to random rows at a steady rate, and how long each takes from when it was due: what
 * waits for one that is slow is slow as well. Safe for many threads.
 */
final class OpenLoop implements AutoCloseable {

    static final String APPLICATION = "benchmark application";

    private static final int CONNECTIONS = 4;

    private final Sandbox sandbox;
    private final String statement;
    private final int rows;
    private final Pace pace;
    private final Workers workers = new Workers();
    private final Recorder micros = new Recorder(3);
    private final AtomicLong done = new AtomicLong();

    /** @param statement with one parameter, the row's id */
    OpenLoop(Sandbox sandbox, String statement, int rows, int perSecond) {
        this.sandbox = sandbox;
        this.statement = statement;
        this.rows = rows;
        pace = new Pace(perSecond);
        for (int i = 0; i < CONNECTIONS; i++) {
            workers.start("application", this::work);
        }
    }

    /** Microseconds of what has ended since this was asked last. */
    Histogram take() {
        workers.check();
        return micros.getIntervalHistogram();
    }

    /** How many have been done so far. */
    long done() {
        return done.get();
    }

    private void work() throws SQLException {
        try (Connection connection = sandbox.postgres().connect();
                Statement name = connection.createStatement();
                PreparedStatement prepared = connection.prepareStatement(statement)) {
            name.execute("SET application_name = '" + APPLICATION + "'");
            while (workers.areWanted()) {
                long due = pace.await();
                prepared.setLong(1, ThreadLocalRandom.current().nextInt(rows) + 1L);
                prepared.execute();
                micros.recordValue((System.nanoTime() - due) / 1000);
                done.incrementAndGet();
            }
        }
    }

    /** Makes no further ones, and waits for those under way. */
    void stop() {
        workers.close();
    }

    @Override
    public void close() {
        stop();
    }
}
