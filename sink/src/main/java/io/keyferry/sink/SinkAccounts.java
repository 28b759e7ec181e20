package io.keyferry.sink;

import io.keyferry.model.Counter;
import io.keyferry.model.Counts;
import io.keyferry.model.KeyFerryException;
import io.keyferry.model.Migration;
import io.keyferry.model.Progress;
import io.keyferry.model.TableName;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What the sink counted in the journal's partitions it has, since the migration began. Its changes go to the progress
 * topic in the transaction that commits the offsets; where that is aborted, all is loaded again from there.
 */
final class SinkAccounts {

    static final String STAGE = "sink";

    private final long maxDeadLetters;
    private final Map<Name, Counts> counts = new HashMap<>();
    private final Set<Name> changed = new LinkedHashSet<>();

    private record Name(int partition, TableName table, String column) {}

    /** @param maxDeadLetters as {@link Migration#maxDeadLetters()} */
    SinkAccounts(long maxDeadLetters) {
        this.maxDeadLetters = maxDeadLetters;
    }

    /** Takes over what was counted in some partitions before. */
    void load(Iterable<Progress> progress, Set<Integer> partitions) {
        counts.keySet().removeIf(name -> partitions.contains(name.partition()));
        for (Progress record : progress) {
            if (record instanceof Progress.ColumnCounts read
                    && read.stage().equals(STAGE)
                    && partitions.contains(read.part())) {
                counts.put(new Name(read.part(), read.table(), read.column()), read.counts());
            }
        }
    }

    void count(int partition, TableName table, String column, Counter outcome) {
        Name name = new Name(partition, table, column);
        counts.merge(name, Counts.NONE.plus(outcome, 1), Counts::plus);
        changed.add(name);
    }

    /** Halts the run where so many values of a column were refused that it is not about single values. */
    void checkDeadLetters() {
        for (Name name : changed) {
            Counts all = counts.entrySet().stream()
                    .filter(other -> other.getKey().table().equals(name.table())
                            && other.getKey().column().equals(name.column()))
                    .map(Map.Entry::getValue)
                    .reduce(Counts.NONE, Counts::plus);
            long dead = all.get(Counter.DEAD_LETTERED);
            if (dead > Math.max(maxDeadLetters, all.settled() / 100)) {
                throw new KeyFerryException("The database refused " + dead + " of " + all.settled() + " new values of "
                        + name.table() + "." + name.column() + ", more than maxDeadLetters (" + maxDeadLetters
                        + ", or 1% of the column) allows. Look for a trigger, a constraint or a column that is too"
                        + " short, correct it and run again; nothing is lost.");
            }
        }
    }

    /** What changed since this was asked last. */
    List<Progress> changed() {
        List<Progress> records = new ArrayList<>();
        changed.forEach(name -> records.add(
                new Progress.ColumnCounts(STAGE, name.partition(), name.table(), name.column(), counts.get(name))));
        changed.clear();
        return records;
    }
}
