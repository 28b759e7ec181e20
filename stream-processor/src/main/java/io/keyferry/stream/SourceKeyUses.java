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
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * When one task last met values under the source keys, by column. Owned by the task's stream thread.
 *
 * <p>A time changes with every value, and a record for each would be dear. So what is recorded in time for the commit is
 * rounded up to the second, and covers what follows within it; a moment later the exact time takes its place. Whatever ends
 * the task between the two leaves a time that is late, never one that is early.
 */
final class SourceKeyUses {

    private final int part;
    private final Map<Name, Map<String, Times>> columns = new HashMap<>();
    private final Set<Name> changed = new LinkedHashSet<>();

    private record Name(TableName table, String column) {}

    /** Of one key; changed with every value, and so no object of its own each time. */
    private static final class Times {

        private Instant seen = Instant.MIN;
        private Instant written = Instant.MIN;
        private Instant recordedSeen = Instant.MIN;
        private Instant recordedWritten = Instant.MIN;

        void note(Instant seen, Instant written) {
            this.seen = seen.isAfter(this.seen) ? seen : this.seen;
            this.written = written != null && written.isAfter(this.written) ? written : this.written;
        }

        boolean isCovered() {
            return !seen.isAfter(recordedSeen) && !written.isAfter(recordedWritten);
        }

        boolean isExact() {
            return seen.equals(recordedSeen) && written.equals(recordedWritten);
        }

        void record(SourceKeyUse.Times times) {
            recordedSeen = times.seen();
            recordedWritten = times.written().orElse(Instant.MIN);
        }

        SourceKeyUse.Times exact() {
            return times(seen, written);
        }

        SourceKeyUse.Times recorded() {
            return times(recordedSeen, recordedWritten);
        }

        private static SourceKeyUse.Times times(Instant seen, Instant written) {
            return new SourceKeyUse.Times(seen, written.equals(Instant.MIN) ? Optional.empty() : Optional.of(written));
        }
    }

    SourceKeyUses(int part) {
        this.part = part;
    }

    /** Takes over what was committed before; records of other kinds are passed over. */
    void load(Progress committed) {
        if (committed instanceof Progress.SourceKey read && read.part() == part) {
            read.use().byKey().forEach((key, times) -> {
                Times taken = times(new Name(read.table(), read.column()), key);
                taken.note(times.seen(), times.written().orElse(null));
                taken.record(times);
            });
        }
    }

    private Times times(Name name, String key) {
        return columns.computeIfAbsent(name, first -> new HashMap<>()).computeIfAbsent(key, first -> new Times());
    }

    /** @param written when the application's change was committed; null for a row that was read */
    void note(TableName table, String column, String key, Instant seen, Instant written) {
        Name name = new Name(table, column);
        Times times = times(name, key);
        times.note(seen, written);
        if (!times.isCovered()) {
            record(name, use(name, Times::exact).roundedUp());
            changed.add(name);
        }
    }

    private void record(Name name, SourceKeyUse use) {
        use.byKey().forEach((key, times) -> times(name, key).record(times));
    }

    private SourceKeyUse use(Name name, Function<Times, SourceKeyUse.Times> which) {
        Map<String, SourceKeyUse.Times> byKey = new HashMap<>();
        columns.get(name).forEach((key, times) -> byKey.put(key, which.apply(times)));
        return new SourceKeyUse(byKey);
    }

    /** The records of all columns. */
    List<Progress.SourceKey> all() {
        return columns.keySet().stream().map(this::recorded).toList();
    }

    /** What must be committed together with what was noted since this was asked last. */
    List<Progress.SourceKey> changed() {
        if (changed.isEmpty()) {
            return List.of();
        }
        List<Progress.SourceKey> records = changed.stream().map(this::recorded).toList();
        changed.clear();
        return records;
    }

    /** What has been recorded later than it was; from now on it is exact. */
    List<Progress.SourceKey> corrected() {
        List<Progress.SourceKey> records = new ArrayList<>();
        columns.forEach((name, keys) -> {
            if (!keys.values().stream().allMatch(Times::isExact)) {
                record(name, use(name, Times::exact));
                records.add(recorded(name));
            }
        });
        return records;
    }

    private Progress.SourceKey recorded(Name name) {
        return new Progress.SourceKey(part, name.table(), name.column(), use(name, Times::recorded));
    }
}
