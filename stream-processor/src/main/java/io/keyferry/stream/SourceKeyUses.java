package io.keyferry.stream;

import io.keyferry.model.Progress;
import io.keyferry.model.SourceKeyUse;
import io.keyferry.model.TableName;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * When one task last met values under the source keys, by column. Owned by the task's stream thread.
 *
 * <p>A time changes with every value, and a record for each would be dear. So what is recorded in time for the commit is
 * rounded up to the second, and covers what follows within it; a moment later the exact time takes its place. Whatever ends
 * the task between the two leaves a time that is late, never one that is early.
 */
final class SourceKeyUses {

    private final int part;
    private final Map<Name, SourceKeyUse> exact = new HashMap<>();
    private final Map<Name, SourceKeyUse> recorded = new HashMap<>();
    private final Set<Name> changed = new LinkedHashSet<>();

    private record Name(TableName table, String column) {}

    SourceKeyUses(int part) {
        this.part = part;
    }

    /** Takes over what was committed before; records of other kinds are passed over. */
    void load(Progress committed) {
        if (committed instanceof Progress.SourceKey read && read.part() == part) {
            Name name = new Name(read.table(), read.column());
            exact.put(name, read.use());
            recorded.put(name, read.use());
        }
    }

    /** @param written when the application's change was committed; null for a row that was read */
    void note(TableName table, String column, String key, Instant seen, Instant written) {
        Name name = new Name(table, column);
        SourceKeyUse before = exact.getOrDefault(name, SourceKeyUse.NONE);
        SourceKeyUse use = before.plus(key, seen, written);
        if (use == before) {
            return;
        }
        exact.put(name, use);
        if (!recorded.getOrDefault(name, SourceKeyUse.NONE).covers(use)) {
            recorded.put(name, use.roundedUp());
            changed.add(name);
        }
    }

    /** The records of all columns. */
    List<Progress.SourceKey> all() {
        return recorded.keySet().stream().map(this::record).toList();
    }

    /** What must be committed together with what was noted since this was asked last. */
    List<Progress.SourceKey> changed() {
        if (changed.isEmpty()) {
            return List.of();
        }
        List<Progress.SourceKey> records = changed.stream().map(this::record).toList();
        changed.clear();
        return records;
    }

    /** What has been recorded later than it was; from now on it is exact. */
    List<Progress.SourceKey> corrected() {
        List<Progress.SourceKey> records = new ArrayList<>();
        exact.forEach((name, use) -> {
            if (!use.equals(recorded.put(name, use))) {
                records.add(record(name));
            }
        });
        return records;
    }

    private Progress.SourceKey record(Name name) {
        return new Progress.SourceKey(part, name.table(), name.column(), recorded.get(name));
    }
}
