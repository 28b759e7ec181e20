package io.keyferry.cli.letters;

import io.keyferry.cli.audit.AuditLog;
import io.keyferry.cli.kafka.ExistingKafka;
import io.keyferry.cli.terminal.Console;
import io.keyferry.database.Catalog;
import io.keyferry.database.Database;
import io.keyferry.database.JdbcDatabase;
import io.keyferry.model.DeadLetter;
import io.keyferry.model.KeyFerryException;
import io.keyferry.model.Migration;
import io.keyferry.model.TableLayout;
import io.keyferry.model.Topics;
import io.keyferry.sink.LetterRows;
import io.keyferry.sink.LetterTopic;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A migration's dead letters, and the rows that they are about. Used by one thread. */
final class Letters implements AutoCloseable {

    private static final int CHUNK = 1000;

    private final Migration migration;
    private final LetterOptions.Filter filter;
    private final Topics topics;
    private final ExistingKafka kafka;
    private final Database database;

    Letters(Migration migration, LetterOptions.Filter filter, ExistingKafka kafka) {
        this.migration = migration;
        this.filter = filter;
        this.kafka = kafka;
        topics = new Topics(migration.name());
        database = JdbcDatabase.of(migration.database());
    }

    /** Opens Kafka, and makes sure that the migration has run. */
    static Letters open(LetterOptions options, Console console) {
        LetterOptions.Filter filter = options.filter();
        Migration migration = options.file().load(console);
        Letters letters = new Letters(
                migration, filter, ExistingKafka.open(migration, options.file().path()));
        try {
            console.line("  Kafka      " + letters.kafka.access().description());
            letters.kafka.require(letters.topics.deadLetters(), letters.topics.sweep());
            return letters;
        } catch (RuntimeException e) {
            letters.close();
            throw e;
        }
    }

    Migration migration() {
        return migration;
    }

    Topics topics() {
        return topics;
    }

    AuditLog audit() {
        return new AuditLog(migration, kafka.access());
    }

    Map<String, Object> properties() {
        return kafka.access().properties();
    }

    /** What a chunk of letters is given to. */
    interface Chunk {
        void accept(List<DeadLetter> letters) throws SQLException;
    }

    /** Reads the letters that are meant, in the order they were written, a thousand at a time. */
    void read(Chunk each) throws SQLException {
        List<DeadLetter> chunk = new ArrayList<>();
        SQLException[] failed = {null};
        LetterTopic.read(topics.deadLetters(), properties(), letter -> {
            filter.of(letter).ifPresent(chunk::add);
            if (chunk.size() == CHUNK) {
                try {
                    if (failed[0] == null) {
                        each.accept(List.copyOf(chunk));
                    }
                } catch (SQLException e) {
                    failed[0] = e;
                }
                chunk.clear();
            }
        });
        if (failed[0] != null) {
            throw failed[0];
        }
        each.accept(List.copyOf(chunk));
    }

    /** The rows as they are now. */
    LetterRows rows() throws SQLException {
        List<TableLayout> layouts;
        try (Connection connection = database.connect("dead-letters")) {
            layouts = Catalog.layouts(connection, migration.tables());
        }
        return new LetterRows(migration, layouts, database);
    }

    /** For what cannot be told without the database; what the server says of data may quote it. */
    KeyFerryException failure(SQLException e) {
        String state = e.getSQLState();
        boolean ofData = state != null && state.startsWith("22");
        return new KeyFerryException(
                "The database at " + database.address() + " cannot be used: "
                        + (ofData ? "SQLSTATE " + state : e.getMessage()),
                e);
    }

    @Override
    public void close() {
        kafka.close();
    }
}
