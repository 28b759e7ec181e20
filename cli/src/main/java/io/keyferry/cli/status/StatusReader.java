package io.keyferry.cli.status;

import io.keyferry.cli.check.TableSizes;
import io.keyferry.cli.configuration.StageName;
import io.keyferry.cli.kafka.KafkaAccess;
import io.keyferry.cli.kafka.StageGroup;
import io.keyferry.cli.steering.ControlTopic;
import io.keyferry.cli.steering.ControlWatch;
import io.keyferry.cli.terminal.UsageException;
import io.keyferry.database.Database;
import io.keyferry.database.DatabaseException;
import io.keyferry.model.Counter;
import io.keyferry.model.Counts;
import io.keyferry.model.Migration;
import io.keyferry.model.Progress;
import io.keyferry.model.SourceKeyUse;
import io.keyferry.model.TableName;
import io.keyferry.model.Topics;
import io.keyferry.sink.GroupProgress;
import io.keyferry.sink.ProgressReader;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** Looks at a migration from outside, again and again; changes nothing. Used by one thread. */
public final class StatusReader implements AutoCloseable {

    private final Migration migration;
    private final Database database;
    private final ControlWatch control;
    private final ProgressReader progress;
    private final GroupProgress groups;
    private final StageGroup streamProcessor;
    private final StageGroup sink;
    private final Map<TableName, OptionalLong> values;
    private Seen before;

    /** What had been done at one moment. */
    private record Seen(
            long nanos,
            Map<ProgressReader.ColumnName, Counts> counts,
            Map<TableName, Long> rows,
            Map<ProgressReader.ColumnName, SourceKeyUse> sourceKeys) {}

    /** @throws UsageException where the migration has not run yet */
    public StatusReader(Migration migration, Database database, KafkaAccess kafka) {
        this.migration = migration;
        this.database = database;
        Topics topics = new Topics(migration.name());
        new ControlTopic(migration, kafka).requireTopic();
        control = new ControlWatch(topics.control(), kafka.properties(), steering -> {});
        progress = new ProgressReader(topics.progress(), kafka.properties());
        groups = new GroupProgress(kafka.properties());
        streamProcessor = StageGroup.of(StageName.STREAM_PROCESSOR, migration, kafka);
        sink = StageGroup.of(StageName.SINK, migration, kafka);
        values = TableSizes.values(migration.tables(), database);
        before = seen();
    }

    private Seen seen() {
        progress.readToEnd();
        return new Seen(
                System.nanoTime(),
                progress.counts(),
                progress.snapshot().map(Progress.Snapshot::rows).orElse(Map.of()),
                progress.sourceKeyUses());
    }

    /** How it is now; rates are those since the last look. */
    public MigrationStatus look() {
        Seen now = seen();
        double seconds = Math.max(0.001, (now.nanos() - before.nanos()) / 1e9);
        List<ColumnStatus> columns = columns(now, seconds);
        double requests = (total(now, Counter.FORWARDED) - total(before, Counter.FORWARDED)) / seconds;
        List<ReadingStatus> readings = readings(now, seconds);
        before = now;
        Optional<SlotStatus> slot = Optional.empty();
        Optional<String> trouble = Optional.empty();
        try (Connection connection = database.connect("status")) {
            slot = SlotStatus.read(connection, migration.slot());
        } catch (SQLException | DatabaseException e) {
            trouble = Optional.of("the database at " + database.address() + " cannot be asked: " + e.getMessage());
        }
        return new MigrationStatus(
                migration.name(),
                control.now(),
                control.now().ceiling(migration.keys().maxRequestsPerSecond()),
                requests,
                progress.snapshot().filter(Progress.Snapshot::complete).isPresent(),
                columns,
                readings,
                progress.sweep(),
                progress.sweepEnded(),
                slot,
                trouble,
                migration.changes().isPresent(),
                GroupStatus.read(streamProcessor, groups),
                GroupStatus.read(sink, groups));
    }

    /** What the last look has read of the progress topic. */
    public ProgressReader progress() {
        return progress;
    }

    private static long total(Seen seen, Counter counter) {
        return seen.counts().values().stream()
                .mapToLong(counts -> counts.get(counter))
                .sum();
    }

    private List<ColumnStatus> columns(Seen now, double seconds) {
        List<ColumnStatus> columns = new ArrayList<>();
        for (Migration.Table table : migration.tables()) {
            for (Migration.Column column : table.columns()) {
                ProgressReader.ColumnName name = new ProgressReader.ColumnName(table.name(), column.name());
                Counts counts = now.counts().getOrDefault(name, Counts.NONE);
                long settledBefore =
                        before.counts().getOrDefault(name, Counts.NONE).settled();
                columns.add(new ColumnStatus(
                        name.toString(),
                        counts,
                        Math.max(0, counts.settled() - settledBefore) / seconds,
                        progress.sweep()
                                .map(sweep -> OptionalLong.of(sweep.remaining().getOrDefault(name.toString(), 0L)))
                                .orElse(OptionalLong.empty()),
                        now.sourceKeys().getOrDefault(name, SourceKeyUse.NONE)));
            }
        }
        return columns;
    }

    private List<ReadingStatus> readings(Seen now, double seconds) {
        List<ReadingStatus> readings = new ArrayList<>();
        for (Migration.Table table : migration.tables()) {
            long rows = now.rows().getOrDefault(table.name(), 0L);
            double rate = (rows - before.rows().getOrDefault(table.name(), 0L)) / seconds;
            OptionalLong of = values.get(table.name());
            OptionalLong all = of.isPresent()
                    ? OptionalLong.of(of.getAsLong() / table.columns().size())
                    : OptionalLong.empty();
            Optional<Duration> left = all.isPresent() && rate > 0 && all.getAsLong() > rows
                    ? Optional.of(Duration.ofSeconds(Math.round((all.getAsLong() - rows) / rate)))
                    : Optional.empty();
            readings.add(new ReadingStatus(table.name(), rows, all, left));
        }
        return readings;
    }

    @Override
    public void close() {
        control.close();
        progress.close();
        groups.close();
        streamProcessor.close();
        sink.close();
    }
}
