package io.keyferry.cli.status;

import io.keyferry.model.Counter;
import io.keyferry.model.Progress;
import io.keyferry.model.Steering;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * How a migration is, as its topics, its groups and the database tell.
 *
 * @param ceiling requests to KMS a second that all instances may make at present
 * @param perSecond requests a second of late, about: values that went to KMS and came back
 * @param snapshotComplete whether every row that was there at first is on a topic
 * @param slot empty where there is none
 * @param slotTrouble why the slot is not known; empty where it is
 */
public record MigrationStatus(
        String migration,
        Steering steering,
        int ceiling,
        double perSecond,
        boolean snapshotComplete,
        List<ColumnStatus> columns,
        List<ReadingStatus> readings,
        Optional<Progress.Sweep> sweep,
        Optional<Instant> sweepEnded,
        Optional<SlotStatus> slot,
        Optional<String> slotTrouble,
        boolean ownConnector,
        GroupStatus streamProcessor,
        GroupStatus sink) {

    private static final double NEARLY = 0.9;

    /** As a run tells it: {@code drained}, {@code caught-up} or {@code under-way}, by the newest sweep. */
    public String state() {
        return Progress.Sweep.state(sweep);
    }

    /** The newest write of the application's under a source key: by when it was committed, where, and under which key. */
    record SourceKeyWrite(Instant at, String column, String key) {}

    /** Empty where none was seen since changes are read. */
    Optional<SourceKeyWrite> lastSourceKeyWrite() {
        return columns.stream()
                .flatMap(column -> column.sourceKeys().byKey().entrySet().stream()
                        .flatMap(use -> use.getValue().written().stream()
                                .map(at -> new SourceKeyWrite(at, column.name(), use.getKey()))))
                .max(Comparator.comparing(SourceKeyWrite::at));
    }

    long underWay() {
        return columns.stream()
                .mapToLong(column ->
                        column.counts().get(Counter.SEEN) - column.counts().settled())
                .sum();
    }

    /** What keeps it from being faster, as far as it can be told from outside. */
    String limitedBy() {
        if (steering.isPaused()) {
            return steering.words().orElseThrow();
        }
        if (perSecond >= NEARLY * ceiling) {
            return steering.throttle().isPresent()
                    ? steering.words().orElseThrow()
                    : "keys.maxRequestsPerSecond: " + ceiling + " requests/s";
        }
        if (sink.behind() > 2 * Math.max(perSecond, 1) && sink.behind() > streamProcessor.behind()) {
            return "the sink, which is behind: the run that has it says what it waits for";
        }
        return "nothing that can be seen from outside; each run says what limits its own stages";
    }

    /** What stands between now and done, in a sentence. */
    String next() {
        if (steering.isPaused()) {
            return "It is " + steering.words().orElseThrow() + ": nothing goes on until keyferry resume.";
        }
        Optional<String> stage = missingStage();
        if (stage.isPresent()) {
            return stage.get();
        }
        if (!snapshotComplete) {
            return "The tables are being read for the first time.";
        }
        if (sweep.isEmpty()) {
            return underWay() > 0
                    ? underWay() + " values are under way; then a sweep looks for what was missed."
                    : "All that was brought has been applied; a sweep looks for what was missed.";
        }
        return afterSweep(sweep.get());
    }

    private Optional<String> missingStage() {
        if (slot.filter(SlotStatus::isLost).isPresent()) {
            return Optional.of("The server has invalidated slot " + slot.get().name()
                    + ", so changes have been missed: start keyferry run, which reads the tables again.");
        }
        if (slotTrouble.isEmpty() && slot.filter(SlotStatus::active).isEmpty()) {
            return Optional.of(
                    ownConnector
                            ? "Nobody reads the connector's slot: see that the connector runs."
                            : "The snapshot stage does not read changes: see that a keyferry run with it is at work.");
        }
        if (streamProcessor.hosts().isEmpty()) {
            return Optional.of("No stream-processor is at work: start keyferry run.");
        }
        return sink.hosts().isEmpty() ? Optional.of("No sink is at work: start keyferry run.") : Optional.empty();
    }

    private static String afterSweep(Progress.Sweep found) {
        if (found.drained()) {
            return "Nothing: sweep " + found.number() + " found no value under a source key, and none was written"
                    + " meanwhile.";
        }
        if (found.caughtUp()) {
            return "Values were still written under a source key while sweep " + found.number()
                    + " looked: switch the application to the target key, if it has not been.";
        }
        if (found.onlyDeadLettersRemain()) {
            return found.remainingValues() + " values remain, all of them dead-lettered: the dead-letter topic has"
                    + " the reason of each.";
        }
        return found.remainingValues() + " values remain, " + found.deadLettered()
                + " of them dead-lettered; the others have been fed in again, and the next sweep looks.";
    }
}
