package io.keyferry.cli.meters;

import io.keyferry.model.Counter;
import io.keyferry.model.Counts;
import io.keyferry.model.Migration;
import io.keyferry.model.Progress;
import io.keyferry.model.TableName;
import io.keyferry.sink.ProgressReader.ColumnName;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/**
 * What the progress topic says of the whole migration, as it was read last. One thread updates, others read the meters.
 */
public final class ProgressMeters {

    private static final String WHOLE = ", of the whole migration since it began; every process tells the same";

    private final MeterRegistry meters;
    private final Map<ColumnName, Column> columns = new ConcurrentHashMap<>();
    private final List<TableName> tables;
    private volatile Progress.Snapshot snapshot;
    private volatile LastSweep sweep;

    private record LastSweep(Progress.Sweep found, Instant ended) {}

    /** One column's counts: what they are, and the most that each has been, for a counter does not go back. */
    private static final class Column {

        private volatile Counts now = Counts.NONE;
        private volatile Counts most = Counts.NONE;

        void update(Counts counts) {
            Counts raised = counts;
            for (Counter counter : Counter.values()) {
                raised = raised.with(counter, Math.max(counts.get(counter), most.get(counter)));
            }
            most = raised;
            now = counts;
        }
    }

    ProgressMeters(Migration migration, MeterRegistry meters) {
        this.meters = meters;
        tables = migration.tables().stream().map(Migration.Table::name).toList();
        for (Migration.Table table : migration.tables()) {
            table.columns().forEach(column -> column(new ColumnName(table.name(), column.name())));
        }
        Gauge.builder("keyferry.snapshot.complete", () -> ofSnapshot(found -> found.complete() ? 1 : 0))
                .description("1 when all rows that were there at first have been read")
                .register(meters);
        for (TableName table : tables) {
            Gauge.builder(
                            "keyferry.snapshot.rows",
                            () -> ofSnapshot(found -> found.rows().getOrDefault(table, 0L)))
                    .description("Rows that were there at first and have been read")
                    .tags("table", table.toString())
                    .register(meters);
        }
    }

    /** Takes over what the topic says now. */
    public void update(
            Map<ColumnName, Counts> counts,
            Optional<Progress.Snapshot> told,
            Optional<Progress.Sweep> found,
            Optional<Instant> ended) {
        counts.forEach((name, count) -> column(name).update(count));
        snapshot = told.orElse(null);
        if (found.isPresent()) {
            boolean first = sweep == null;
            sweep = new LastSweep(found.get(), ended.orElseThrow());
            if (first) {
                registerSweep();
            }
        }
    }

    /** Columns that are no longer in migration.yaml have counts too. */
    private Column column(ColumnName name) {
        return columns.computeIfAbsent(name, this::register);
    }

    private Column register(ColumnName name) {
        Column column = new Column();
        Tags tags = Tags.of("table", name.table().toString(), "column", name.column());
        FunctionCounter.builder("keyferry.seen", column, it -> it.most.get(Counter.SEEN))
                .description("Values that changes brought: one column of one change each" + WHOLE)
                .tags(tags)
                .register(meters);
        for (Counter outcome : Counter.OUTCOMES) {
            FunctionCounter.builder("keyferry.values", column, it -> it.most.get(outcome))
                    .description("Values by outcome" + WHOLE)
                    .tags(tags.and("outcome", outcome.word()))
                    .register(meters);
        }
        Gauge.builder("keyferry.dead.lettered.values", () -> column.now.get(Counter.DEAD_LETTERED))
                .description("Values whose outcome is dead-lettered now" + WHOLE)
                .tags(tags)
                .register(meters);
        return column;
    }

    private double ofSnapshot(Function<Progress.Snapshot, Number> figure) {
        Progress.Snapshot told = snapshot;
        return told == null ? 0 : figure.apply(told).doubleValue();
    }

    /** Only once there is one: before the first, what remains is not known. */
    private void registerSweep() {
        Gauge.builder("keyferry.sweep.number", () -> sweep.found().number())
                .description("How many sweeps have ended")
                .register(meters);
        Gauge.builder("keyferry.sweep.ended.timestamp", () -> sweep.ended().toEpochMilli() / 1000.0)
                .description("When the last sweep ended, Unix time")
                .baseUnit("seconds")
                .register(meters);
        Gauge.builder("keyferry.sweep.dead.lettered.values", () -> sweep.found().deadLettered())
                .description("Values that the last sweep found and that are in the dead-letter topic")
                .register(meters);
        Gauge.builder("keyferry.sweep.drained", () -> sweep.found().drained() ? 1 : 0)
                .description("1 when the last sweep found no value under a source key, and none was written meanwhile")
                .register(meters);
        columns.keySet().stream()
                .filter(name -> tables.contains(name.table()))
                .forEach(name -> Gauge.builder(
                                "keyferry.sweep.remaining.values",
                                () -> sweep.found().remaining().getOrDefault(name.toString(), 0L))
                        .description("Values that the last sweep found not to be under the target key")
                        .tags("table", name.table().toString(), "column", name.column())
                        .register(meters));
    }
}
