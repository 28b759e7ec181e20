package io.keyferry.sink;

import io.keyferry.model.DeadLetter;
import io.keyferry.model.TableName;
import io.keyferry.model.Topics;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * Feeds the rows of dead letters in again, as the sweep feeds rows in: each as it is when it is fed, and only where a
 * column was seen to hold what could not be moved. Used by one thread.
 */
public final class Retry {

    private static final int CHUNK = 1000;

    private final LetterRows rows;
    private final Map<JournalEntry.Row, Set<String>> held = new LinkedHashMap<>();
    private final Map<TableName, Long> values = new TreeMap<>();
    private final Map<LetterRows.Standing, Long> lettersNotHeld = new HashMap<>();

    public Retry(LetterRows rows) {
        this.rows = rows;
    }

    /** Takes letters into the plan, with those of their columns that have a reason to be tried. */
    public void add(List<DeadLetter> letters) throws SQLException {
        List<Map<String, LetterRows.Standing>> standings = rows.look(letters);
        for (int i = 0; i < letters.size(); i++) {
            DeadLetter letter = letters.get(i);
            standings.get(i).forEach((column, standing) -> add(letter, column, standing));
        }
    }

    private void add(DeadLetter letter, String column, LetterRows.Standing standing) {
        if (standing != LetterRows.Standing.HELD) {
            lettersNotHeld.merge(standing, 1L, Long::sum);
        } else if (held.computeIfAbsent(
                        new JournalEntry.Row(letter.table(), letter.key()), row -> new LinkedHashSet<>())
                .add(column)) {
            values.merge(letter.table(), 1L, Long::sum);
        }
    }

    /** Values that will be fed in, by table; a value with many letters counts once. */
    public Map<TableName, Long> values() {
        return Map.copyOf(values);
    }

    /** Letters whose column holds another value now, or whose row is gone. */
    public long movedOn() {
        return lettersNotHeld.getOrDefault(LetterRows.Standing.MOVED_ON, 0L);
    }

    /** Letters that name no row of a migrated table. */
    public long withoutRow() {
        return lettersNotHeld.getOrDefault(LetterRows.Standing.NO_ROW, 0L);
    }

    /**
     * Feeds in what the plan holds.
     *
     * @param kafka client properties
     * @return values that Kafka has acknowledged; rows that have gone since are left out
     */
    public long feed(Topics topics, Map<String, Object> kafka) throws SQLException {
        SweepFormat format = new SweepFormat(topics.sweep());
        try (Feeder feeder = new Feeder(kafka)) {
            long fed = 0;
            List<JournalEntry.Row> keys = List.copyOf(held.keySet());
            for (int from = 0; from < keys.size(); from += CHUNK) {
                fed += feed(keys.subList(from, Math.min(keys.size(), from + CHUNK)), format, feeder);
            }
            return fed;
        }
    }

    private long feed(List<JournalEntry.Row> keys, SweepFormat format, Feeder feeder) throws SQLException {
        long fed = 0;
        List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
        for (Map.Entry<JournalEntry.Row, Optional<RowReader.Row>> found :
                rows.rows(Set.copyOf(keys)).entrySet()) {
            if (found.getValue().isPresent()) {
                JournalEntry.Row key = found.getKey();
                records.add(format.record(
                        rows.layout(key.table()),
                        found.getValue().get(),
                        held.get(key),
                        rows.table(key.table()).contextColumns()));
                fed += held.get(key).size();
            }
        }
        feeder.send(records);
        return fed;
    }
}
