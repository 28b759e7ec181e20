package io.keyferry.cli.report;

import io.keyferry.cli.letters.RemainingLetters;
import io.keyferry.cli.report.ReadinessItem.State;
import io.keyferry.kms.KeyDescription;
import io.keyferry.kms.KeyUses;
import io.keyferry.model.Migration;
import io.keyferry.model.Progress;
import io.keyferry.model.Retirement;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Whether the migrated columns still need the source keys.
 *
 * @param items all that must be so
 * @param asOf when the database was last looked at with nothing found: later writes are known only where a run is at work
 */
record Verdict(List<ReadinessItem> items, Optional<Instant> asOf) {

    Verdict {
        items = List.copyOf(items);
    }

    static Verdict of(Evidence evidence) {
        Map<String, ReadinessItem> items = new LinkedHashMap<>();
        Stream.concat(
                        new Readiness(evidence.migration())
                                .items(evidence.progress(), evidence.verifications()).stream(),
                        Stream.of(
                                deadLetters(evidence),
                                transactions(evidence),
                                otherColumns(evidence),
                                backups(evidence),
                                keys(evidence)))
                // what has been looked at more closely takes the place of what was cheap to know
                .forEach(item -> items.put(item.name(), item));
        return new Verdict(new ArrayList<>(items.values()), asOf(evidence));
    }

    /** What is not known is no evidence. */
    boolean safe() {
        return items.stream().allMatch(item -> item.state() == State.DONE);
    }

    /** In the words of outputs. */
    String word() {
        return safe() ? "safe" : "not yet";
    }

    /** Why not; none where it is safe. */
    List<String> reasons() {
        return items.stream()
                .filter(item -> item.state() != State.DONE)
                .map(item -> item.name() + ": " + item.text())
                .toList();
    }

    private static ReadinessItem deadLetters(Evidence evidence) {
        List<RemainingLetters> letters = evidence.letters();
        if (letters.isEmpty()) {
            return new ReadinessItem("dead letters", State.DONE, "no row holds a value that could not be moved");
        }
        return new ReadinessItem(
                "dead letters",
                State.NOT_YET,
                letters.stream()
                                .map(group -> Readiness.values(group.values()) + " of " + group.column() + " ("
                                        + group.reason() + ")")
                                .collect(Collectors.joining(", "))
                        + " could not be moved: keyferry dead-letters list has the cure");
    }

    private static ReadinessItem transactions(Evidence evidence) {
        OpenTransactions transactions = evidence.transactions();
        List<String> named = Stream.concat(
                        transactions.open().stream().map(Object::toString),
                        transactions.prepared().stream().map(Object::toString))
                .toList();
        if (!named.isEmpty()) {
            return new ReadinessItem(
                    "transactions",
                    State.NOT_YET,
                    "the newest sweep could not see what these wrote, or may still write from what they read: "
                            + String.join("; ", named) + ". Wait until they have ended, or end them; then let a sweep"
                            + " look once more");
        }
        if (transactions.hidden() > 0) {
            return new ReadinessItem(
                    "transactions",
                    State.UNKNOWN,
                    "the role may not see whether " + transactions.hidden() + " sessions of other roles have a"
                            + " transaction open that is older than the newest sweep: GRANT pg_read_all_stats to it");
        }
        return new ReadinessItem(
                "transactions", State.DONE, "none on this server is open from before the newest sweep, or prepared");
    }

    private static ReadinessItem otherColumns(Evidence evidence) {
        Retirement retirement = evidence.migration().retirement();
        List<OtherColumns.Found> found = evidence.otherColumns().found();
        List<OtherColumns.Found> open = found.stream()
                .filter(column -> !retirement.acknowledges(column.column()))
                .toList();
        if (!open.isEmpty()) {
            return new ReadinessItem(
                    "other columns",
                    State.NOT_YET,
                    open.stream()
                                    .map(column -> column.column() + " holds values under " + column.key())
                                    .collect(Collectors.joining("; "))
                            + ": migrate them too, or name them under retirement.acknowledged");
        }
        return new ReadinessItem(
                "other columns",
                State.DONE,
                found.isEmpty()
                        ? "a sample of the columns that can be read shows no source key's ciphertext elsewhere"
                        : found.stream().map(OtherColumns.Found::column).collect(Collectors.joining(", "))
                                + " hold values under a source key, which retirement.acknowledged names");
    }

    private static ReadinessItem backups(Evidence evidence) {
        Optional<List<Retirement.Backup>> stated =
                evidence.migration().retirement().backups();
        if (stated.isEmpty()) {
            return new ReadinessItem(
                    "backups",
                    State.NOT_YET,
                    "not stated: state under retirement.backups what still needs the old key (an empty list means"
                            + " none)");
        }
        LocalDate today = LocalDate.ofInstant(evidence.made(), ZoneOffset.UTC);
        List<Retirement.Backup> kept =
                stated.get().stream().filter(backup -> isKept(backup, today)).toList();
        if (!kept.isEmpty()) {
            return new ReadinessItem(
                    "backups",
                    State.NOT_YET,
                    kept.stream()
                                    .map(backup -> backup.what() + " until " + backup.until())
                                    .collect(Collectors.joining("; "))
                            + ": could not be read without the source key after a restore");
        }
        return new ReadinessItem(
                "backups",
                State.DONE,
                stated.get().isEmpty()
                        ? "stated: nothing needs the old key"
                        : "the retention of all that is stated is over");
    }

    static boolean isKept(Retirement.Backup backup, LocalDate today) {
        return !backup.until().isBefore(today);
    }

    private static ReadinessItem keys(Evidence evidence) {
        List<String> silent = evidence.keys().stream()
                .filter(key -> key.description().isEmpty())
                .map(KeyUses::arn)
                .toList();
        if (!silent.isEmpty()) {
            return new ReadinessItem(
                    "source keys",
                    State.UNKNOWN,
                    "KMS does not tell the state of " + String.join(", ", silent) + ": allow kms:DescribeKey");
        }
        return new ReadinessItem(
                "source keys",
                State.DONE,
                evidence.keys().stream()
                        .map(key -> key.arn() + " is "
                                + key.description().map(KeyDescription::state).orElseThrow())
                        .collect(Collectors.joining("; ")));
    }

    private static Optional<Instant> asOf(Evidence evidence) {
        Migration migration = evidence.migration();
        ProgressEvidence progress = evidence.progress();
        VerificationJudgement judgement = new VerificationJudgement(migration, progress);
        return Stream.concat(
                        progress.sweep().filter(Progress.Sweep::drained).stream()
                                .flatMap(sweep -> progress.sweepEnded().stream()),
                        evidence.verifications().stream()
                                .filter(record -> judgement.isOfThisDatabase(record)
                                        && judgement.objection(record).isEmpty())
                                .map(VerificationRecord::began))
                .max(Instant::compareTo);
    }
}
