package io.keyferry.sink;

import io.keyferry.database.Database;
import io.keyferry.database.DatabaseException;
import io.keyferry.model.Migration;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the pace every second how the database is, over a connection of its own: the writer's may be waiting just then.
 * Whatever goes wrong, the sink goes on without. Used by one thread.
 */
final class DatabaseWatch {

    private static final Logger log = LoggerFactory.getLogger(DatabaseWatch.class);
    private static final Duration EVERY = Duration.ofSeconds(1);

    private final Database database;
    private final DatabaseSignals signals;
    private final SinkPace pace;
    private final Pause pause;
    private Connection connection;

    DatabaseWatch(Migration migration, Database database, SinkPace pace, Pause pause) {
        this.database = database;
        this.pace = pace;
        this.pause = pause;
        signals = new DatabaseSignals(migration);
    }

    /** Returns when the stage stops. */
    void run() {
        try {
            while (!pause.isOver()) {
                pace.told(read());
                pause.sleep(EVERY);
            }
        } catch (Pause.StageStopping e) {
            log.debug("The watch over the database stops");
        } finally {
            disconnect();
        }
    }

    /** Nothing where the server cannot be asked: that is the writer's trouble too, and told of there. */
    private List<Signal> read() {
        try {
            if (connection == null) {
                connection = database.connect("pace");
                signals.settle(connection);
            }
            return signals.read(connection);
        } catch (SQLException | DatabaseException e) {
            log.debug("The database cannot be asked how it is", e);
            disconnect();
            return List.of();
        }
    }

    private void disconnect() {
        if (connection != null) {
            try {
                connection.close();
            } catch (SQLException e) {
                log.debug("The connection did not close cleanly", e);
            }
            connection = null;
        }
    }
}
