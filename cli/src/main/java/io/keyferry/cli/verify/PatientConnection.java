package io.keyferry.cli.verify;

import io.keyferry.database.Database;
import io.keyferry.model.KeyFerryException;
import io.keyferry.sink.DatabaseTrouble;
import io.keyferry.sink.RowReader;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A read-only session in which every query is a transaction of its own, so that no snapshot holds vacuum up. What time may
 * cure (a failover, a standby that had to cancel) is asked again, for as long as it takes. Used by one thread.
 */
final class PatientConnection implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(PatientConnection.class);
    private static final Duration AGAIN = Duration.ofSeconds(1);

    private final Database database;
    private final Waiting waiting;
    private Connection connection;
    private String trouble;

    /** What is asked of the database. */
    interface Query<T> {

        T ask(Connection connection) throws SQLException;
    }

    /** Lets time pass. */
    interface Waiting {

        void pass(Duration time) throws InterruptedException;
    }

    PatientConnection(Database database, Waiting waiting) {
        this.database = database;
        this.waiting = waiting;
    }

    private static void settle(Connection connection) throws SQLException {
        RowReader.settle(connection);
        try (Statement statement = connection.createStatement()) {
            statement.execute("SET default_transaction_read_only = on");
        }
    }

    <T> T ask(Query<T> query) throws InterruptedException {
        while (true) {
            try {
                if (connection == null) {
                    connection = database.connect("verify");
                    settle(connection);
                }
                T answer = query.ask(connection);
                trouble = null;
                return answer;
            } catch (SQLException e) {
                refuse(e);
                if (trouble == null) {
                    log.warn("The database is asked again, for as long as it takes: {}", e.getMessage());
                }
                trouble = "the database is asked again: " + e.getMessage();
                close();
            }
            waiting.pass(AGAIN);
        }
    }

    private void refuse(SQLException failure) {
        DatabaseTrouble kind = DatabaseTrouble.of(failure);
        if (kind == DatabaseTrouble.FATAL || kind == DatabaseTrouble.DATA) {
            throw new KeyFerryException(
                    database.address() + " cannot be read: " + failure.getMessage()
                            + ". Correct this, and go on with --resume.",
                    failure);
        }
    }

    /** What is wrong now, in words. */
    Optional<String> trouble() {
        return Optional.ofNullable(trouble);
    }

    @Override
    public void close() {
        Connection old = connection;
        connection = null;
        try {
            if (old != null) {
                old.close();
            }
        } catch (SQLException e) {
            log.debug("A connection that may be broken was not closed cleanly", e);
        }
    }
}
