package io.keyferry.stream;

import io.keyferry.model.Counter;
import io.keyferry.model.Counts;
import io.keyferry.model.DeadLetter;
import io.keyferry.model.KeyFerryException;
import io.keyferry.model.TableName;
import io.keyferry.model.UnreadableLimit;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Halts the run when so many values of a column were dead-lettered in it that its configuration must be wrong. A value
 * counts once, however often its row is changed. Used by all stream threads.
 */
final class DeadLetterLimit {

    private final long limit;
    private final Map<String, Set<Integer>> deadByColumn = new ConcurrentHashMap<>();
    private final UnreadableLimit unreadable;

    DeadLetterLimit(long limit) {
        this.limit = limit;
        unreadable = new UnreadableLimit(limit, "changes of the migrated tables");
    }

    /**
     * Takes note of a dead letter, and throws where they are too many.
     *
     * @param counts of this task in this column: the column has at least as many values
     */
    void check(TableName table, String column, Map<String, String> key, String stored, Counts counts) {
        String name = table + "." + column;
        Set<Integer> dead = deadByColumn.computeIfAbsent(name, first -> ConcurrentHashMap.newKeySet());
        dead.add(Objects.hash(key, stored));
        if (dead.size() > Math.max(limit, counts.get(Counter.SEEN) / 100)) {
            throw new KeyFerryException(dead.size() + " values of " + name
                    + " were dead-lettered in this run, more than maxDeadLetters (" + limit
                    + ", or 1% of the column) allows. Look at the reasons in the dead-letter topic and correct the"
                    + " column's encoding, context or keys in migration.yaml; nothing is lost.");
        }
    }

    /** The same for records that are no changes. */
    void checkUnreadable(DeadLetter.Position position) {
        unreadable.check(position);
    }
}
