package io.keyferry.stream;

import io.keyferry.model.Progress;
import io.keyferry.model.SourceKeyUse;
import io.keyferry.model.TableName;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.time.Instant;

/** When one task last met values under the source keys, by column. Owned by the task's stream thread. */
final class SourceKeyUses {

    private final int part;
    private final Map<Name, SourceKeyUse> uses = new HashMap<>();
    private final Set<Name> changed = new LinkedHashSet<>();

    private record Name(TableName table, String column) {}

    SourceKeyUses(int part) {
        this.part = part;
    }

    /** Takes over what was committed before; records of other kinds are passed over. */
    void load(Progress committed) {
        if (committed instanceof Progress.SourceKey read && read.part() == part) {
            uses.put(new Name(read.table(), read.column()), read.use());
        }
    }

    /** @param written when the application's change was committed; null for a row that was read */
    void note(TableName table, String column, String key, Instant seen, Instant written) {
        Name name = new Name(table, column);
        SourceKeyUse before = uses.getOrDefault(name, SourceKeyUse.NONE);
        SourceKeyUse use = before.plus(key, seen, written);
        if (use != before) {
            uses.put(name, use);
            changed.add(name);
        }
    }

    /** The records of all columns. */
    List<Progress.SourceKey> all() {
        return uses.keySet().stream().map(this::record).toList();
    }

    /** What changed since this was asked last. */
    List<Progress.SourceKey> changed() {
        if (changed.isEmpty()) {
            return List.of();
        }
        List<Progress.SourceKey> records = new ArrayList<>();
        changed.forEach(name -> records.add(record(name)));
        changed.clear();
        return records;
    }

    private Progress.SourceKey record(Name name) {
        return new Progress.SourceKey(part, name.table(), name.column(), uses.get(name));
    }
}
