package io.keyferry.stream;

import io.keyferry.model.Counter;
import io.keyferry.model.Counts;
import io.keyferry.model.KeyFerryException;
import io.keyferry.model.TableName;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Halts the run when so many values of a column were dead-lettered that its configuration must be wrong. */
final class DeadLetterLimit {

    private final long limit;
    private final Map<TaskColumn, Counts> byTask = new ConcurrentHashMap<>();

    private record TaskColumn(int part, TableName table, String column) {}

    DeadLetterLimit(long limit) {
        this.limit = limit;
    }

    /** Takes note of what a task has counted in a column, and throws where all tasks together passed the limit. */
    void check(int part, TableName table, String column, Counts counts) {
        byTask.put(new TaskColumn(part, table, column), counts);
        Counts all = byTask.entrySet().stream()
                .filter(entry -> entry.getKey().table().equals(table)
                        && entry.getKey().column().equals(column))
                .map(Map.Entry::getValue)
                .reduce(Counts.NONE, Counts::plus);
        long dead = all.get(Counter.DEAD_LETTERED);
        if (dead > Math.max(limit, all.get(Counter.SEEN) / 100)) {
            throw new KeyFerryException(dead + " of " + all.get(Counter.SEEN) + " values of " + table + "." + column
                    + " were dead-lettered, more than maxDeadLetters (" + limit
                    + ", or 1% of the column) allows. Look at the reasons in the dead-letter topic and correct the"
                    + " column's encoding, context or keys in migration.yaml; nothing is lost.");
        }
    }
}
