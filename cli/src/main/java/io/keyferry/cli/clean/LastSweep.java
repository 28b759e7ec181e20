package io.keyferry.cli.clean;

import io.keyferry.cli.kafka.ExistingKafka;
import io.keyferry.cli.terminal.Figures;
import io.keyferry.model.Progress;
import io.keyferry.model.Topics;
import io.keyferry.sink.ProgressReader;
import java.time.Instant;
import java.util.Optional;

/** What the last sweep says of whether a migration is over. */
record LastSweep(Optional<Progress.Sweep> found, Optional<Instant> ended) {

    static final LastSweep NONE = new LastSweep(Optional.empty(), Optional.empty());

    static LastSweep read(ExistingKafka kafka, Topics topics) {
        if (!kafka.topics().contains(topics.progress())) {
            return NONE;
        }
        try (ProgressReader progress =
                new ProgressReader(topics.progress(), kafka.access().properties())) {
            progress.readToEnd();
            return new LastSweep(progress.sweep(), progress.sweepEnded());
        }
    }

    /** Why the migration is not over; empty where it is, as of that sweep. */
    Optional<String> objection() {
        if (found.isEmpty()) {
            return Optional.of("no sweep has ended, so that nobody knows what is still under a source key");
        }
        Progress.Sweep sweep = found.get();
        if (sweep.remainingValues() > 0) {
            boolean one = sweep.remainingValues() == 1;
            return Optional.of(Figures.count(sweep.remainingValues())
                    + (one ? " value was" : " values were") + " not under the target key when"
                    + " the last sweep ended (" + time() + "), " + Figures.count(sweep.deadLettered())
                    + " of them dead-lettered: " + sweep.remaining());
        }
        return sweep.drained()
                ? Optional.empty()
                : Optional.of("values were still being moved while the last sweep ran, which ended at " + time()
                        + ": the application may still write under a source key");
    }

    String time() {
        return ended.map(Instant::toString).orElse("a time that is not known");
    }
}
