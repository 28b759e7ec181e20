package io.keyferry.sink;

import io.keyferry.model.Counter;
import io.keyferry.model.Counts;
import io.keyferry.model.DeadLetter;
import io.keyferry.model.KeyFerryException;
import io.keyferry.model.Migration;
import io.keyferry.model.PartAccounts;
import io.keyferry.model.Progress;
import io.keyferry.model.TableName;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.common.TopicPartition;

/**
 * What the sink counted in the journal's partitions it has, since the migration began. Its changes go to the progress
 * topic in the transaction that commits the offsets; where that is aborted, all is loaded again from there.
 */
final class SinkAccounts {

    static final String STAGE = "sink";

    private final long maxDeadLetters;
    private final Map<Integer, PartAccounts> parts = new HashMap<>();
    /** Columns of which a value was refused since the last commit. */
    private final Set<String> refused = new HashSet<>();

    /** @param maxDeadLetters as {@link Migration#maxDeadLetters()} */
    SinkAccounts(long maxDeadLetters) {
        this.maxDeadLetters = maxDeadLetters;
    }

    /** Takes over what was counted in some partitions before. */
    void load(Iterable<Progress> progress, Set<Integer> partitions) {
        partitions.forEach(partition -> parts.put(partition, new PartAccounts(STAGE, partition, false)));
        for (Progress record : progress) {
            partitions.forEach(partition -> parts.get(partition).load(record));
        }
    }

    /** Notes what became of one column of a journal record; {@link #done} follows when all of a batch has been noted. */
    PartAccounts.Noted note(
            DeadLetter.Position position, TableName table, String column, Counter outcome, String settings) {
        PartAccounts.Noted noted =
                part(position.partition()).note(position.topic(), position.offset(), table, column, outcome, settings);
        if (outcome == Counter.DEAD_LETTERED && noted.counted() && table != null) {
            refused.add(table + "." + column);
        }
        return noted;
    }

    /** Everything in a partition of the journal before this offset has been noted. */
    void done(TopicPartition partition, long next) {
        part(partition.partition()).done(partition.topic(), next - 1);
    }

    private PartAccounts part(int partition) {
        return parts.computeIfAbsent(partition, first -> new PartAccounts(STAGE, first, false));
    }

    /** Halts the run where so many values of a column were refused that it is not about single values. */
    void checkDeadLetters() {
        if (refused.isEmpty()) {
            return;
        }
        Map<String, Counts> columns = parts.values().stream()
                .flatMap(part -> part.counts().stream())
                .collect(Collectors.toMap(
                        counts -> counts.table() + "." + counts.column(), Progress.ColumnCounts::counts, Counts::plus));
        for (String column : refused) {
            Counts all = columns.get(column);
            long dead = all.get(Counter.DEAD_LETTERED);
            if (dead > Math.max(maxDeadLetters, all.settled() / 100)) {
                throw new KeyFerryException(
                        dead + " of " + all.settled() + " new values of " + column
                                + " could not be written, more than maxDeadLetters (" + maxDeadLetters
                                + ", or 1% of the column) allows. Look for a trigger, a constraint, a column that is too short,"
                                + " or a table that is no longer in migration.yaml, correct it and run again; nothing is lost.");
            }
        }
    }

    /** What changed since this was asked last. */
    List<Progress> changed() {
        List<Progress> records = new ArrayList<>();
        parts.values().forEach(part -> records.addAll(part.changed()));
        refused.clear();
        return records;
    }
}
