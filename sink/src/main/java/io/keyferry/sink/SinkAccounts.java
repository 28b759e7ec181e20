package io.keyferry.sink;

import io.keyferry.model.Counter;
import io.keyferry.model.Counts;
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

    private final Map<Name, Counts> counts = new HashMap<>();
    private final Set<Name> changed = new LinkedHashSet<>();

    private record Name(int partition, TableName table, String column) {}

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

    /** What changed since this was asked last. */
    List<Progress> changed() {
        List<Progress> records = new ArrayList<>();
        changed.forEach(name -> records.add(
                new Progress.ColumnCounts(STAGE, name.partition(), name.table(), name.column(), counts.get(name))));
        changed.clear();
        return records;
    }
}
