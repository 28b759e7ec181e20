package io.keyferry.cli.report;

import io.keyferry.cli.report.ReadinessItem.State;
import io.keyferry.cli.terminal.Figures;
import io.keyferry.model.Counter;
import io.keyferry.model.Counts;
import io.keyferry.model.Migration;
import io.keyferry.model.Progress;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What must be so before the source keys can go, as far as it is cheap to know while a migration runs: from its progress
 * topic and from the verification records beside migration.yaml. {@code keyferry report} looks at more.
 */
public final class Readiness {

    private final Migration migration;

    public Readiness(Migration migration) {
        this.migration = migration;
    }

    /** Always the same items, in the order in which they come about. */
    public List<ReadinessItem> items(ProgressEvidence progress, List<VerificationRecord> verifications) {
        return List.of(
                snapshot(progress),
                sweep(progress),
                accounts(progress),
                deadLetters(progress),
                application(progress),
                new VerificationJudgement(migration, progress).item(verifications));
    }

    private static ReadinessItem snapshot(ProgressEvidence progress) {
        return progress.snapshotComplete()
                ? new ReadinessItem("snapshot", State.DONE, "every row that was there at first has been read")
                : new ReadinessItem(
                        "snapshot",
                        State.NOT_YET,
                        "the tables have not been read to their end: let keyferry run go on");
    }

    private static ReadinessItem sweep(ProgressEvidence progress) {
        if (progress.sweep().isEmpty()) {
            return new ReadinessItem(
                    "sweep",
                    State.NOT_YET,
                    "no sweep has ended, so that nobody knows what is under a source key: let keyferry run go on");
        }
        Progress.Sweep sweep = progress.sweep().get();
        String which = "the newest one, number " + sweep.number() + ", which ended at " + time(progress.sweepEnded());
        if (sweep.drained()) {
            return new ReadinessItem("sweep", State.DONE, which + ", found no value under a source key");
        }
        return new ReadinessItem(
                "sweep",
                State.NOT_YET,
                sweep.caughtUp()
                        ? which
                                + ", found values that were still being moved: let keyferry run go on until it is drained"
                        : which + ", found " + values(sweep.remainingValues()) + " not under the target key: "
                                + columns(sweep.remaining()) + "; let keyferry run go on until it is drained");
    }

    private static String columns(Map<String, Long> remaining) {
        return new TreeMap<>(remaining)
                .entrySet().stream()
                        .map(column -> Figures.count(column.getValue()) + " of " + column.getKey())
                        .collect(Collectors.joining(", "));
    }

    private static ReadinessItem accounts(ProgressEvidence progress) {
        Counts total = progress.total();
        long open = total.get(Counter.SEEN) - total.settled();
        if (open == 0) {
            return new ReadinessItem(
                    "accounts", State.DONE, "each of " + values(total.get(Counter.SEEN)) + " seen has its outcome");
        }
        return new ReadinessItem(
                "accounts", State.NOT_YET, values(open) + " seen have no outcome yet: let keyferry run go on");
    }

    private static ReadinessItem deadLetters(ProgressEvidence progress) {
        long letters = progress.total().get(Counter.DEAD_LETTERED);
        if (progress.sweep().isEmpty()) {
            return letters == 0
                    ? new ReadinessItem("dead letters", State.UNKNOWN, "none so far; no sweep has looked yet")
                    : new ReadinessItem(
                            "dead letters",
                            State.UNKNOWN,
                            values(letters) + " were dead-lettered; no sweep has told yet whether they remain");
        }
        long remaining = progress.sweep().get().deadLettered();
        if (remaining > 0) {
            return new ReadinessItem(
                    "dead letters",
                    State.NOT_YET,
                    values(remaining) + " could not be moved and remain: keyferry dead-letters list has the cure");
        }
        return new ReadinessItem(
                "dead letters",
                State.DONE,
                letters == 0
                        ? "none"
                        : values(letters) + " were dead-lettered, and no row holds them any more as the newest sweep"
                                + " found");
    }

    /** A drained sweep has seen to its end that nothing came; any other only says what was there when it began. */
    private static ReadinessItem application(ProgressEvidence progress) {
        if (progress.lastWritten().isEmpty()) {
            return new ReadinessItem(
                    "application",
                    progress.sweep().isPresent() ? State.DONE : State.UNKNOWN,
                    "no write of the application's under a source key has been seen since changes are read");
        }
        Instant written = progress.lastWritten().get();
        String last = "the application last wrote a value under a source key at " + written;
        if (progress.sweep().isEmpty()) {
            return new ReadinessItem("application", State.UNKNOWN, last + "; no sweep has ended yet");
        }
        Progress.Sweep sweep = progress.sweep().get();
        Optional<Instant> looked = sweep.drained() ? progress.sweepEnded() : sweep.began();
        return looked.isEmpty() || written.isAfter(looked.get())
                ? new ReadinessItem(
                        "application",
                        State.NOT_YET,
                        last + ", after the newest sweep had looked: switch the application to the target key, and let"
                                + " keyferry run go on until it is drained")
                : new ReadinessItem("application", State.DONE, last + ", before the newest sweep looked");
    }

    static String time(Optional<Instant> time) {
        return time.map(Instant::toString).orElse("a time that is not known");
    }

    static String values(long number) {
        return Figures.count(number) + (number == 1 ? " value" : " values");
    }
}
