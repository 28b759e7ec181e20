package io.keyferry.cli;

import io.keyferry.cli.terminal.Console;
import io.keyferry.cli.terminal.UsageException;
import io.keyferry.database.Catalog;
import io.keyferry.database.Database;
import io.keyferry.kms.KeyDescription;
import io.keyferry.kms.KeyService;
import io.keyferry.kms.RetryableKmsException;
import io.keyferry.model.ContextTemplate;
import io.keyferry.model.DeadLetter;
import io.keyferry.model.KeyFerryException;
import io.keyferry.model.Migration;
import io.keyferry.model.TableLayout;
import io.keyferry.stream.ColumnOutcome;
import io.keyferry.stream.KeyRing;
import io.keyferry.stream.Reencryption;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;

/** What is looked at before anything starts: database, keys, and a sample of every column. It writes nothing. */
final class Preparation {

    private static final int SAMPLE = 10;
    private static final int LARGE_SAMPLE = 1100;
    private static final int TRIES = 5;

    private final Migration migration;
    private final Database database;
    private final KeyService kms;
    private final String endpoint;
    private final Console console;
    private final List<String> tooShort = new ArrayList<>();

    Preparation(Migration migration, Database database, KeyService kms, String endpoint, Console console) {
        this.migration = migration;
        this.database = database;
        this.kms = kms;
        this.endpoint = endpoint;
        this.console = console;
    }

    /**
     * Prints what it finds.
     *
     * @return the layouts of the migration's tables
     * @throws KeyFerryException where the migration cannot work
     */
    List<TableLayout> run() {
        console.line("  database   " + database.address());
        console.line("  AWS        account " + accounts() + " of the keys, KMS at " + endpoint);
        migration.keys().source().forEach(key -> describe("source", key));
        KeyDescription target = describe("target", migration.keys().target());
        checkTarget(target);
        try (Connection connection = database.connect("check")) {
            List<TableLayout> layouts = Catalog.layouts(connection, migration.tables());
            if (migration.changes().isPresent()) {
                console.line("  changes    "
                        + ConnectorSlot.check(connection, migration.changes().get()));
            }
            for (Migration.Table table : migration.tables()) {
                for (Migration.Column column : table.columns()) {
                    sample(connection, table, column);
                }
            }
            if (!tooShort.isEmpty()) {
                throw new UsageException("Columns are too short:\n  " + String.join("\n  ", tooShort));
            }
            return layouts;
        } catch (SQLException e) {
            throw new KeyFerryException(
                    "The database at " + database.address() + " cannot be used: " + e.getMessage(), e);
        }
    }

    private String accounts() {
        Set<String> accounts = new LinkedHashSet<>();
        migration.keys().source().forEach(key -> accounts.add(account(key)));
        accounts.add(account(migration.keys().target()));
        return String.join(", ", accounts);
    }

    private static String account(String arn) {
        return arn.split(":")[4];
    }

    private KeyDescription describe(String role, String arn) {
        KeyDescription key;
        try {
            key = kms.describe(arn).join();
        } catch (CompletionException e) {
            throw failure(e);
        }
        console.line("  " + role + " key " + arn + " (" + key.state()
                + (key.multiRegion() ? ", multi-Region: " + String.join(", ", key.regions()) : "") + ")");
        if (!key.isEnabled()) {
            throw new KeyFerryException("The " + role + " key " + arn + " is " + key.state()
                    + ", so nothing can be re-encrypted. Enable it and run again.");
        }
        return key;
    }

    private void checkTarget(KeyDescription target) {
        if (!target.multiRegion()) {
            throw new UsageException("keys.target " + target.arn()
                    + " is not a multi-Region key, so no other Region could decrypt what is encrypted under it");
        }
        Set<String> missing = new HashSet<>(migration.keys().replicas());
        missing.removeAll(target.regions());
        if (!missing.isEmpty()) {
            throw new UsageException("keys.replicas names " + missing + ", where the target key has no replica;"
                    + " make one (aws kms replicate-key), or take the Region out");
        }
    }

    /** A few values tell, unless all of them fail: the oldest rows of a table may be its dead letters. */
    private void sample(Connection connection, Migration.Table table, Migration.Column column) throws SQLException {
        List<Sampled> sampled = sampled(connection, table, column, SAMPLE);
        if (good(outcomes(sampled)) == 0 && sampled.size() == SAMPLE) {
            sampled = sampled(connection, table, column, LARGE_SAMPLE);
        }
        List<ColumnOutcome> outcomes = outcomes(sampled);
        String name = table.name() + "." + column.name();
        console.line("  sample     " + name + ": " + good(outcomes) + " of " + outcomes.size() + " re-encrypt"
                + (outcomes.isEmpty() ? " (no values yet)" : ""));
        if (good(outcomes) == 0 && !outcomes.isEmpty()) {
            throw new UsageException("None of " + outcomes.size() + " sampled values of " + name
                    + " can be re-encrypted: " + reasons(outcomes)
                    + ".\nCorrect the column's encoding, context or keys.source in migration.yaml.");
        }
        int growth = sampled.stream().mapToInt(Sampled::growth).max().orElse(0);
        ColumnRoom.problem(connection, table, column, growth).ifPresent(tooShort::add);
    }

    /** A value as it is stored, and what became of it. */
    private record Sampled(String stored, ColumnOutcome outcome) {

        int growth() {
            return outcome instanceof ColumnOutcome.Rewritten rewritten
                    ? rewritten.newValue().length() - stored.length()
                    : 0;
        }

        @Override
        public String toString() {
            return "Sampled[" + outcome.getClass().getSimpleName() + "]";
        }
    }

    private static List<ColumnOutcome> outcomes(List<Sampled> sampled) {
        return sampled.stream().map(Sampled::outcome).toList();
    }

    private static long good(List<ColumnOutcome> outcomes) {
        return outcomes.stream()
                .filter(outcome -> !(outcome instanceof ColumnOutcome.Dead))
                .count();
    }

    private List<Sampled> sampled(Connection connection, Migration.Table table, Migration.Column column, int limit)
            throws SQLException {
        Reencryption reencryption = new Reencryption(kms, migration.keys(), new KeyRing());
        List<CompletableFuture<Sampled>> outcomes = new ArrayList<>();
        for (ColumnSample.Row row : ColumnSample.read(connection, table, column, limit)) {
            try {
                Map<String, String> context = column.context().render(row.columns()::get);
                outcomes.add(tried(() -> reencryption.apply(row.stored(), column.encoding(), context), TRIES)
                        .thenApply(outcome -> new Sampled(row.stored(), outcome)));
            } catch (ContextTemplate.NullContextException e) {
                outcomes.add(CompletableFuture.completedFuture(new Sampled(
                        row.stored(), new ColumnOutcome.Dead(DeadLetter.Reason.NULL_CONTEXT, e.getMessage()))));
            }
        }
        try {
            return outcomes.stream().map(CompletableFuture::join).toList();
        } catch (CompletionException e) {
            throw failure(e);
        }
    }

    /** A connection that breaks among many is no reason to refuse; a KMS that does not answer is told at once. */
    private static CompletableFuture<ColumnOutcome> tried(Supplier<CompletableFuture<ColumnOutcome>> call, int tries) {
        return call.get()
                .exceptionallyCompose(failure -> tries > 1 && cause(failure) instanceof RetryableKmsException
                        ? tried(call, tries - 1)
                        : CompletableFuture.failedFuture(cause(failure)));
    }

    private static Throwable cause(Throwable failure) {
        return failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
    }

    private static String reasons(List<ColumnOutcome> outcomes) {
        Map<String, Integer> reasons = new TreeMap<>();
        outcomes.forEach(outcome -> {
            ColumnOutcome.Dead dead = (ColumnOutcome.Dead) outcome;
            reasons.merge(dead.reason().word() + " (" + dead.message() + ")", 1, Integer::sum);
        });
        List<String> lines = new ArrayList<>();
        reasons.forEach((reason, count) -> lines.add(count + " × " + reason));
        return String.join("; ", lines);
    }

    private static RuntimeException failure(CompletionException e) {
        return e.getCause() instanceof KeyFerryException known ? known : e;
    }
}
