package io.keyferry.cli.report;

import io.keyferry.cli.report.ReadinessItem.State;
import io.keyferry.database.DatabaseAddress;
import io.keyferry.model.Counter;
import io.keyferry.model.Migration;
import io.keyferry.sink.ProgressReader.ColumnName;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Whether verification runs prove that every value decrypts in every Region, and since when nothing has moved. */
final class VerificationJudgement {

    private final Migration migration;
    private final ProgressEvidence progress;

    VerificationJudgement(Migration migration, ProgressEvidence progress) {
        this.migration = migration;
        this.progress = progress;
    }

    /** The Regions in which values must decrypt. */
    Set<String> regions() {
        Set<String> regions = new LinkedHashSet<>();
        regions.add(migration.keys().region());
        regions.addAll(migration.keys().replicas());
        return regions;
    }

    ReadinessItem item(List<VerificationRecord> records) {
        Set<String> missing = new LinkedHashSet<>();
        for (String region : regions()) {
            if (records.stream().noneMatch(record -> proves(record, region))) {
                missing.add(region);
            }
        }
        if (missing.isEmpty()) {
            return new ReadinessItem(
                    "verification",
                    State.DONE,
                    "every value was decrypted in " + String.join(" and ", regions())
                            + " after the last one had been moved");
        }
        List<String> why = new ArrayList<>();
        records.stream()
                .max(Comparator.comparing(VerificationRecord::began))
                .ifPresent(newest ->
                        why.add("the newest record, " + newest.file().getFileName() + ": "
                                + objection(newest)
                                        .orElse("of " + newest.database() + ", decrypted in "
                                                + String.join(" and ", newest.regions()))));
        return new ReadinessItem(
                "verification",
                State.NOT_YET,
                "no complete verification without a mismatch in " + String.join(" and ", missing)
                        + " since the last value was moved" + (why.isEmpty() ? "" : " (" + why.get(0) + ")")
                        + ": run keyferry verify");
    }

    /** A copy of the database, such as a replica, proves of another Region that values decrypt there, but not what is here. */
    private boolean proves(VerificationRecord record, String region) {
        return record.regions().contains(region)
                && objection(record).isEmpty()
                && (isOfThisDatabase(record) || !region.equals(migration.keys().region()));
    }

    boolean isOfThisDatabase(VerificationRecord record) {
        return record.database().equals(database(migration));
    }

    /** {@code host:port/name}, of more than one host all of them, as verification records have it. */
    static String database(Migration migration) {
        DatabaseAddress address = DatabaseAddress.parse(migration.database().url());
        return address.hosts().stream().map(DatabaseAddress.Host::toString).collect(Collectors.joining(",")) + "/"
                + address.name();
    }

    /** Why a record proves nothing of what is there now; empty where it does. */
    Optional<String> objection(VerificationRecord record) {
        if (!record.migration().equals(migration.name())) {
            return Optional.of("it is of the migration " + record.migration());
        }
        if (record.mismatches() > 0) {
            return Optional.of(Readiness.values(record.mismatches()) + " did not pass");
        }
        if (!record.isComplete()) {
            return Optional.of("it looked at a sample only");
        }
        Set<ColumnName> unseen = new TreeSet<>(columns());
        unseen.removeAll(record.byKey().keySet());
        if (!unseen.isEmpty()) {
            return Optional.of("it did not look at " + unseen);
        }
        Optional<String> other = record.byKey().values().stream()
                .flatMap(keys -> keys.keySet().stream())
                .filter(key -> !key.equals(migration.keys().target()))
                .findAny();
        if (other.isPresent()) {
            return Optional.of("it found values under " + other.get());
        }
        Optional<Instant> moved = lastMoved();
        if (moved.isPresent() && record.began().isBefore(moved.get())) {
            return Optional.of(
                    "it began at " + record.began() + ", before the last value was moved (" + moved.get() + ")");
        }
        return Optional.empty();
    }

    /** Those of migration.yaml, in its order. */
    List<ColumnName> columns() {
        return migration.tables().stream()
                .flatMap(table -> table.columns().stream().map(column -> new ColumnName(table.name(), column.name())))
                .toList();
    }

    /** Where an older version moved values and did not note when, no time is safe but the end of the newest sweep. */
    private Optional<Instant> lastMoved() {
        boolean unknown = progress.counts().entrySet().stream()
                .anyMatch(column -> column.getValue().get(Counter.FORWARDED) > 0
                        && !progress.uses().containsKey(column.getKey()));
        return Stream.of(
                        progress.lastSeen(),
                        progress.lastWritten(),
                        progress.undone(),
                        unknown ? progress.sweepEnded() : Optional.<Instant>empty())
                .flatMap(Optional::stream)
                .max(Instant::compareTo);
    }
}
