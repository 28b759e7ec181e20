package io.keyferry.cli.report;

import io.keyferry.model.Counts;
import io.keyferry.model.Progress;
import io.keyferry.model.SourceKeyUse;
import io.keyferry.sink.ProgressReader;
import io.keyferry.sink.ProgressReader.ColumnName;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What a migration's progress topic says at one moment.
 *
 * @param uses by column, when values under the source keys were seen and written last
 * @param undone when an undo last put values back
 */
public record ProgressEvidence(
        boolean snapshotComplete,
        Map<ColumnName, Counts> counts,
        Optional<Progress.Sweep> sweep,
        Optional<Instant> sweepEnded,
        Map<ColumnName, SourceKeyUse> uses,
        Optional<Instant> undone) {

    public ProgressEvidence {
        counts = new TreeMap<>(counts);
        uses = new TreeMap<>(uses);
    }

    /** As far as the reader has read. */
    public static ProgressEvidence of(ProgressReader progress) {
        return new ProgressEvidence(
                progress.snapshot().filter(Progress.Snapshot::complete).isPresent(),
                progress.counts(),
                progress.sweep(),
                progress.sweepEnded(),
                progress.sourceKeyUses(),
                progress.undone().map(Progress.Undone::at));
    }

    Counts total() {
        return counts.values().stream().reduce(Counts.NONE, Counts::plus);
    }

    /** When a value under a source key was last seen, wherever it came from; empty where none was, or nobody noted it. */
    Optional<Instant> lastSeen() {
        return uses.values().stream().flatMap(use -> use.lastSeen().stream()).max(Instant::compareTo);
    }

    /** When the application last wrote a value under a source key; empty where it did not since changes are read. */
    Optional<Instant> lastWritten() {
        return uses.values().stream().flatMap(use -> use.lastWritten().stream()).max(Instant::compareTo);
    }
}
