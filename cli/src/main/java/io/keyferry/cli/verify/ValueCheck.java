package io.keyferry.cli.verify;

import static java.util.concurrent.CompletableFuture.completedFuture;
import static java.util.concurrent.CompletableFuture.failedFuture;

import io.keyferry.kms.KeyException;
import io.keyferry.kms.ValueException;
import io.keyferry.model.ContextTemplate;
import io.keyferry.model.DeadLetter;
import io.keyferry.model.Encoding;
import io.keyferry.model.Migration;
import io.keyferry.stream.ColumnOutcome;
import io.keyferry.stream.KeyRing;
import io.keyferry.stream.Reencryption;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * Looks at one value: has every Region read it under the target key, and asks what it is where one does not. What a
 * ciphertext says of its own key is never believed. Safe for many threads.
 */
final class ValueCheck {

    /** The reason of a value that has not been moved. The other reasons are those of dead letters. */
    static final String SOURCE_KEY = "source-key";

    private final Migration.Keys keys;
    private final RegionalKeys kms;

    ValueCheck(Migration.Keys keys, RegionalKeys kms) {
        this.keys = keys;
        this.kms = kms;
    }

    private record Value(String stored, Encoding encoding, byte[] ciphertext, Map<String, String> context) {

        @Override
        public String toString() {
            return "Value[" + encoding + "]";
        }
    }

    /**
     * Starts looking at a column of a row.
     *
     * @param row text of a column by name, null for NULL
     * @return fails where a key cannot be used, or KMS was closed
     */
    CompletableFuture<Verdict> of(Migration.Column column, UnaryOperator<String> row) {
        String stored = row.apply(column.name());
        if (column.encoding().isEmpty(stored)) {
            return completedFuture(new Verdict.Empty());
        }
        String first = kms.regions().get(0);
        try {
            byte[] ciphertext = column.encoding().decode(stored);
            Map<String, String> context = column.context().render(row);
            return ask(new Value(stored, column.encoding(), ciphertext, context), 0);
        } catch (ContextTemplate.NullContextException e) {
            return completedFuture(unreadable(first, DeadLetter.Reason.NULL_CONTEXT, e.getMessage()));
        } catch (IllegalArgumentException e) {
            return completedFuture(unreadable(
                    first,
                    DeadLetter.Reason.NOT_CIPHERTEXT,
                    "the value is not " + column.encoding().word()));
        }
    }

    /** One Region after the other: where the first cannot read a value, the others need not be asked. */
    private CompletableFuture<Verdict> ask(Value value, int next) {
        if (next == kms.regions().size()) {
            return completedFuture(new Verdict.Readable());
        }
        String region = kms.regions().get(next);
        return kms.read(region, value.ciphertext(), value.context())
                .handle((done, failure) -> failure == null ? ask(value, next + 1) : refused(value, region, failure))
                .thenCompose(Function.identity());
    }

    private CompletableFuture<Verdict> refused(Value value, String region, Throwable failure) {
        if (!(cause(failure) instanceof ValueException refusal)) {
            return failedFuture(cause(failure));
        }
        return refusal.kind() == ValueException.Kind.INCORRECT_KEY
                ? whose(value, region)
                : completedFuture(unreadable(region, Reencryption.invalid(value.ciphertext(), value.context())));
    }

    /** Has a run's own decision made for the value, with nothing learnt beforehand, and throws its answer away. */
    private CompletableFuture<Verdict> whose(Value value, String region) {
        return new Reencryption(kms.home(), keys, new KeyRing())
                .apply(value.stored(), value.encoding(), value.context())
                .handle((outcome, failure) ->
                        failure == null ? completedFuture(told(outcome, region)) : notTold(region, cause(failure)))
                .thenCompose(Function.identity());
    }

    private Verdict told(ColumnOutcome outcome, String region) {
        if (outcome instanceof ColumnOutcome.Rewritten rewritten) {
            return new Verdict.Unreadable(
                    region,
                    SOURCE_KEY,
                    "the value is under the source key " + rewritten.sourceKey() + " still",
                    Optional.of(rewritten.sourceKey()));
        }
        if (outcome instanceof ColumnOutcome.Dead dead) {
            return unreadable(region, dead);
        }
        return new Verdict.Unreadable(
                region,
                DeadLetter.Reason.UNKNOWN_KEY.word(),
                "the value is under " + keys.target() + ", of which " + kms.key(region) + " is no replica",
                Optional.of(keys.target()));
    }

    /** At the end of a migration the source key is disabled: what is under it cannot be told from a third key then. */
    private static CompletableFuture<Verdict> notTold(String region, Throwable failure) {
        return failure instanceof KeyException
                ? completedFuture(unreadable(
                        region,
                        DeadLetter.Reason.UNKNOWN_KEY,
                        "the value is not under the target key, and KMS does not tell whether it is under a source key: "
                                + failure.getMessage()))
                : failedFuture(failure);
    }

    private static Verdict unreadable(String region, ColumnOutcome.Dead dead) {
        return unreadable(region, dead.reason(), dead.message());
    }

    private static Verdict unreadable(String region, DeadLetter.Reason reason, String message) {
        return new Verdict.Unreadable(region, reason.word(), message, Optional.empty());
    }

    private static Throwable cause(Throwable failure) {
        return failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
    }
}
