package io.keyferry.cli;

import io.keyferry.cli.meters.ProgressMeters;
import io.keyferry.model.Counts;
import io.keyferry.model.Progress;
import io.keyferry.model.TableName;
import io.keyferry.sink.ProgressReader;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The progress topic as a run looks at it. Used by one thread. */
final class RunProgress implements AutoCloseable {

    private final ProgressReader reader;
    private final long sweepsBefore;

    RunProgress(String topic, Map<String, Object> kafka) {
        reader = new ProgressReader(topic, kafka);
        reader.readToEnd();
        sweepsBefore = reader.sweep().map(Progress.Sweep::number).orElse(0L);
    }

    /** Reads what is new. */
    void refresh() {
        reader.readAvailable();
    }

    /** Shows what has been read. */
    void show(ProgressMeters meters) {
        meters.update(reader.counts(), reader.snapshot(), reader.sweep(), reader.sweepEnded());
    }

    /** The newest sweep, if it was finished since this run began: what an earlier one found may no longer be so. */
    Optional<Progress.Sweep> sweep() {
        return reader.sweep().filter(sweep -> sweep.number() > sweepsBefore);
    }

    boolean snapshotComplete() {
        return reader.snapshot().filter(Progress.Snapshot::complete).isPresent();
    }

    /** Rows that the snapshot has read. */
    long rows() {
        return reader.snapshot().map(Progress.Snapshot::rows).orElse(Map.of()).values().stream()
                .mapToLong(Long::longValue)
                .sum();
    }

    Counts totals() {
        return reader.counts().values().stream().reduce(Counts.NONE, Counts::plus);
    }

    Map<TableName, Counts> byTable() {
        Map<TableName, Counts> sums = new TreeMap<>();
        reader.counts().forEach((column, counts) -> sums.merge(column.table(), counts, Counts::plus));
        return sums;
    }

    @Override
    public void close() {
        reader.close();
    }
}
