package io.keyferry.cli.check;

import io.keyferry.kms.KeyService;
import io.keyferry.kms.KmsAnswer;
import io.keyferry.kms.RetryableKmsException;
import io.keyferry.model.ContextTemplate;
import io.keyferry.model.DeadLetter;
import io.keyferry.model.KeyFerryException;
import io.keyferry.model.Migration;
import io.keyferry.stream.ColumnOutcome;
import io.keyferry.stream.KeyRing;
import io.keyferry.stream.Reencryption;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;

/** Has KMS re-encrypt a few values of a column, as a run would, and throws the answers away. */
final class ColumnTrial {

    private static final int SAMPLE = 10;
    private static final int LARGE_SAMPLE = 1100;
    private static final int TRIES = 5;

    private final Migration migration;
    private final KeyService kms;

    ColumnTrial(Migration migration, KeyService kms) {
        this.migration = migration;
        this.kms = kms;
    }

    /**
     * How it went.
     *
     * @param column {@code schema.table.column}
     * @param reasons of those that failed, with how many failed for each; never a value
     * @param tooShort what to do about a column that does not hold what its values become
     */
    record Result(String column, int tried, long good, String reasons, Optional<String> tooShort) {

        boolean noneGood() {
            return good == 0 && tried > 0;
        }

        @Override
        public String toString() {
            return column + ": " + good + " of " + tried + " re-encrypt" + (tried == 0 ? " (no values yet)" : "");
        }
    }

    /**
     * A few values tell, unless all of them fail: the oldest rows of a table may be its dead letters.
     *
     * @throws KeyFerryException where KMS refuses a key, or does not answer
     */
    Result of(Connection connection, Migration.Table table, Migration.Column column) throws SQLException {
        List<Sampled> sampled = sampled(connection, table, column, SAMPLE);
        if (good(sampled) == 0 && sampled.size() == SAMPLE) {
            sampled = sampled(connection, table, column, LARGE_SAMPLE);
        }
        int growth = sampled.stream().mapToInt(Sampled::growth).max().orElse(0);
        return new Result(
                table.name() + "." + column.name(),
                sampled.size(),
                good(sampled),
                reasons(sampled),
                ColumnRoom.problem(connection, table, column, growth));
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

    private static long good(List<Sampled> sampled) {
        return sampled.stream()
                .filter(one -> !(one.outcome() instanceof ColumnOutcome.Dead))
                .count();
    }

    private List<Sampled> sampled(Connection connection, Migration.Table table, Migration.Column column, int limit)
            throws SQLException {
        Reencryption reencryption = Reencryption.of(migration, kms, new KeyRing());
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
        return outcomes.stream().map(KmsAnswer::of).toList();
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

    private static String reasons(List<Sampled> sampled) {
        Map<String, Integer> reasons = new TreeMap<>();
        sampled.forEach(one -> {
            if (one.outcome() instanceof ColumnOutcome.Dead dead) {
                reasons.merge(dead.reason().word() + " (" + dead.message() + ")", 1, Integer::sum);
            }
        });
        List<String> lines = new ArrayList<>();
        reasons.forEach((reason, count) -> lines.add(count + " × " + reason));
        return String.join("; ", lines);
    }
}
