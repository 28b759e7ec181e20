package io.keyferry.sink;

import io.keyferry.database.Database;
import io.keyferry.model.KeyFerryException;
import io.keyferry.model.Migration;
import io.keyferry.model.Progress;
import io.keyferry.model.TableLayout;
import io.keyferry.model.TableName;
import io.keyferry.model.Topics;
import io.keyferry.model.UnreadableRecordException;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes a migration back: reads the journal from its end to its beginning, and gives every column that still holds our
 * new value its old one, by the same compare-and-set that wrote it. Begun again after a failure, it finds done what was
 * done. Used by one thread.
 */
public final class Undo implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Undo.class);

    private final Set<TableName> tables;
    private final boolean write;
    private final String progress;
    private final UndoEntries entries;
    private final Resources resources = new Resources();
    private final WriterConnection writer;
    private final BatchApplier applier;
    private final BackwardJournal journal;
    private final Producer<byte[], byte[]> producer;
    private final Map<TableName, UndoCounts> counts = new TreeMap<>();
    private boolean told;
    private long unreadable;

    /**
     * An undo that has not begun.
     *
     * @param layouts of the migration's tables
     * @param kafka client properties
     * @param tables whose rewrites are undone
     * @param write whether to undo, or only to look what would be
     */
    public Undo(
            Migration migration,
            List<TableLayout> layouts,
            Database database,
            Map<String, Object> kafka,
            Set<TableName> tables,
            boolean write) {
        this.tables = Set.copyOf(tables);
        this.write = write;
        Topics topics = new Topics(migration.name());
        progress = topics.progress();
        entries = new UndoEntries(migration.keys());
        try {
            writer = resources.add(WriterConnection.open(database, topics.slot()));
            applier = new BatchApplier(migration.tables(), layouts, writer.commitTimes(), new Pause(), nanos -> {});
            journal = resources.add(new BackwardJournal(topics.journal(), kafka));
            producer = resources.add(
                    new KafkaProducer<>(new HashMap<>(kafka), new ByteArraySerializer(), new ByteArraySerializer()),
                    opened -> opened.close(Duration.ofSeconds(2)));
        } catch (SQLException e) {
            resources.close();
            throw failure(e);
        } catch (RuntimeException e) {
            resources.close();
            throw e;
        }
        tables.forEach(table -> counts.put(table, UndoCounts.NONE));
    }

    /** Offsets of the journal, for {@code passed} of {@link #run}. */
    public long offsets() {
        return journal.offsets();
    }

    /** Whether the journal has all it ever had: what retention or a human deleted cannot be undone. */
    public boolean isWhole() {
        return journal.isWhole();
    }

    /** Records that were no rewrites. */
    public long unreadable() {
        return unreadable;
    }

    /**
     * Undoes.
     *
     * @param stop whether to end before all is done
     * @param passed is told now and then how many records have been read
     * @return what it found, by table; the sum of all calls
     */
    public Map<TableName, UndoCounts> run(BooleanSupplier stop, LongConsumer passed) {
        long[] read = {0};
        try {
            journal.read(stop, window -> {
                undo(turned(window));
                read[0] += window.size();
                passed.accept(read[0]);
            });
            if (told) {
                // of what a sweep has found meanwhile, behind which values were put back
                tell();
            }
        } catch (SQLException e) {
            throw failure(e);
        } catch (KafkaException e) {
            throw new KeyFerryException(
                    "Kafka has stopped answering: " + e.getMessage() + ". Undo again: it finds done what was done.", e);
        }
        return Map.copyOf(counts);
    }

    private List<JournalEntry> turned(List<ConsumerRecord<byte[], byte[]>> newestFirst) {
        List<JournalEntry> found = new ArrayList<>();
        for (ConsumerRecord<byte[], byte[]> record : newestFirst) {
            try {
                UndoEntries.Turned turned = entries.of(record);
                JournalEntry entry = turned.entry();
                if (tables.contains(entry.rewrite().table())) {
                    count(entry, UndoCounts.Kind.NOT_CONFIGURED, turned.ofOtherKeys());
                    Set<String> refused = applier.refused(entry).keySet();
                    count(entry, UndoCounts.Kind.NOT_CONFIGURED, refused.size());
                    found.add(entry.without(refused));
                }
            } catch (UnreadableRecordException e) {
                unreadable++;
                log.warn("Passed over journal {}: {}", BatchOutputs.position(record), e.getMessage());
            }
        }
        return found;
    }

    /** Of a row's rewrites, each is looked at after the newer one has been settled. */
    private void undo(List<JournalEntry> newestFirst) throws SQLException {
        for (Map<TableName, List<JournalEntry>> wave : BatchApplier.waves(newestFirst)) {
            for (List<JournalEntry> rows : wave.values()) {
                List<JournalEntry> held = held(rows);
                if (!write) {
                    held.forEach(entry -> count(
                            entry,
                            UndoCounts.Kind.UNDONE,
                            entry.rewrite().columns().size()));
                } else if (!held.isEmpty()) {
                    if (!told) {
                        tell();
                        told = true;
                    }
                    applier.apply(writer.connection(), held)
                            .forEach(settled -> settled.columns()
                                    .values()
                                    .forEach(settlement -> count(settled.entry(), kind(settlement), 1)));
                }
            }
        }
    }

    /** The entries with those of their columns that still hold our value; what the others hold is counted. */
    private List<JournalEntry> held(List<JournalEntry> rows) throws SQLException {
        List<Map<String, CompareAndSet.Found>> found = applier.look(writer.connection(), rows);
        List<JournalEntry> held = new ArrayList<>();
        for (int i = 0; i < rows.size(); i++) {
            JournalEntry entry = rows.get(i);
            Set<String> settled = new HashSet<>();
            for (String column : entry.rewrite().columns().keySet()) {
                CompareAndSet.Found holds = found.get(i).get(column);
                if (holds != CompareAndSet.Found.OLD) {
                    settled.add(column);
                    count(entry, kind(holds), 1);
                }
            }
            if (settled.size() < entry.rewrite().columns().size()) {
                held.add(entry.without(settled));
            }
        }
        return held;
    }

    private static UndoCounts.Kind kind(CompareAndSet.Found holds) {
        return switch (holds) {
            case NEW -> UndoCounts.Kind.ALREADY;
            case NO_VALUE -> UndoCounts.Kind.REFUSED;
            default -> UndoCounts.Kind.LEFT;
        };
    }

    private static UndoCounts.Kind kind(Settlement settlement) {
        if (settlement instanceof Settlement.Refused) {
            return UndoCounts.Kind.REFUSED;
        }
        // the application may have been faster than the write, after the look
        return settlement instanceof Settlement.Rewritten ? UndoCounts.Kind.UNDONE : UndoCounts.Kind.LEFT;
    }

    /**
     * What the last sweep said of the tables is not true any more, and what one says that looks at present will not be: so
     * before the first write, and once more after the last.
     */
    private void tell() {
        Progress.Undone undone = new Progress.Undone(Instant.now());
        byte[] sweep = new Progress.Sweep(0, false, Map.of(), 0).key();
        KafkaAnswer.of(() -> {
            producer.send(new ProducerRecord<>(progress, undone.key(), undone.value()))
                    .get();
            return producer.send(new ProducerRecord<>(progress, sweep, null)).get();
        });
    }

    private void count(JournalEntry entry, UndoCounts.Kind kind, long values) {
        if (values > 0) {
            counts.merge(entry.rewrite().table(), UndoCounts.of(kind, values), UndoCounts::plus);
        }
    }

    /** What the server says of data may quote it. */
    private static KeyFerryException failure(SQLException e) {
        DatabaseTrouble trouble = DatabaseTrouble.of(e);
        String said = trouble == DatabaseTrouble.DATA ? "SQLSTATE " + e.getSQLState() : e.getMessage();
        return new KeyFerryException(
                "The database cannot be used: " + said + ". Undo again: it finds done what was done.", e);
    }

    @Override
    public void close() {
        resources.close();
    }
}
