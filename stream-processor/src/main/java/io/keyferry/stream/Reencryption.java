package io.keyferry.stream;

import static java.util.concurrent.CompletableFuture.completedFuture;
import static java.util.concurrent.CompletableFuture.failedFuture;

import io.keyferry.kms.KeyService;
import io.keyferry.kms.KeyServices;
import io.keyferry.kms.ValueException;
import io.keyferry.model.CiphertextHeader;
import io.keyferry.model.DeadLetter;
import io.keyferry.model.Encoding;
import io.keyferry.model.Migration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Decides what is to be done with a value, and does it: without a call where its header is known to be done, with one
 * ReEncrypt where it is known to be under a source key, and by asking KMS where it is not known. Safe for many threads.
 */
public final class Reencryption {

    private static final int LONGEST = 6144;

    private final KeyService kms;
    private final Migration.Keys keys;
    private final KeyRing ring;
    /** One value asks for each unknown header, the others of that header wait for what it learns. */
    private final Map<String, CompletableFuture<Void>> asking = new ConcurrentHashMap<>();

    public Reencryption(KeyService kms, Migration.Keys keys, KeyRing ring) {
        this.kms = kms;
        this.keys = keys;
        this.ring = ring;
    }

    /** As the migration has it done: with or without a comparison before anything is passed on. */
    public static Reencryption of(Migration migration, KeyService kms, KeyRing ring) {
        KeyService used = migration.verifyBeforeWrite() ? KeyServices.comparing(kms) : kms;
        return new Reencryption(used, migration.keys(), ring);
    }

    /**
     * Re-encrypts one stored value.
     *
     * @param stored the text PostgreSQL casts to the column's type, or null
     * @return what became of it; fails where the key cannot be used, or the service was closed
     */
    public CompletableFuture<ColumnOutcome> apply(String stored, Encoding encoding, Map<String, String> context) {
        if (encoding.isEmpty(stored)) {
            return completedFuture(new ColumnOutcome.Empty());
        }
        byte[] ciphertext;
        try {
            ciphertext = encoding.decode(stored);
        } catch (IllegalArgumentException e) {
            return dead(DeadLetter.Reason.NOT_CIPHERTEXT, "the value is not " + encoding.word());
        }
        if (ciphertext.length > LONGEST) {
            return dead(
                    DeadLetter.Reason.NOT_CIPHERTEXT,
                    "the value has " + ciphertext.length + " bytes, and ciphertext of KMS " + LONGEST + " at the most");
        }
        return decide(new Value(stored, encoding, ciphertext, CiphertextHeader.identifier(ciphertext), context));
    }

    private record Value(
            String stored,
            Encoding encoding,
            byte[] ciphertext,
            Optional<String> header,
            Map<String, String> context) {}

    private CompletableFuture<ColumnOutcome> decide(Value value) {
        if (value.header().isEmpty()) {
            return ask(value, 0);
        }
        String header = value.header().get();
        Optional<KeyRing.Use> known = ring.use(header);
        if (known.isPresent()) {
            return act(value, known.get());
        }
        CompletableFuture<Void> mine = new CompletableFuture<>();
        CompletableFuture<Void> other = asking.putIfAbsent(header, mine);
        if (other != null) {
            return other.thenCompose(done -> decide(value));
        }
        CompletableFuture<ColumnOutcome> outcome = ask(value, 0);
        outcome.whenComplete((done, failure) -> {
            // removed first: whoever waited and still finds nothing learnt asks with its own value
            asking.remove(header);
            mine.complete(null);
        });
        return outcome;
    }

    private CompletableFuture<ColumnOutcome> act(Value value, KeyRing.Use use) {
        return switch (use.kind()) {
            case TARGET -> completedFuture(new ColumnOutcome.AlreadyTarget());
            case FOREIGN -> foreign();
            case SOURCE -> reEncrypt(value, use.key()).exceptionallyCompose(failure -> refused(value, failure));
        };
    }

    /** Tries the source keys from the given one on, and then whether the target key is the one. */
    private CompletableFuture<ColumnOutcome> ask(Value value, int next) {
        if (next == keys.source().size()) {
            return askTarget(value);
        }
        String source = keys.source().get(next);
        return reEncrypt(value, source)
                .exceptionallyCompose(
                        failure -> isIncorrectKey(failure) ? ask(value, next + 1) : refused(value, failure));
    }

    private CompletableFuture<ColumnOutcome> reEncrypt(Value value, String source) {
        return kms.reEncrypt(value.ciphertext(), source, keys.target(), value.context())
                .thenApply(ciphertext -> {
                    value.header().ifPresent(header -> learn(header, KeyRing.Kind.SOURCE, source));
                    CiphertextHeader.identifier(ciphertext)
                            .ifPresent(header -> learn(header, KeyRing.Kind.TARGET, keys.target()));
                    return new ColumnOutcome.Rewritten(value.encoding().encode(ciphertext, value.stored()), source);
                });
    }

    /** From the target key to itself, so that the plaintext stays in KMS here too; only the answer matters. */
    private CompletableFuture<ColumnOutcome> askTarget(Value value) {
        return kms.reEncrypt(value.ciphertext(), keys.target(), keys.target(), value.context())
                .<ColumnOutcome>thenApply(ciphertext -> {
                    value.header().ifPresent(header -> learn(header, KeyRing.Kind.TARGET, keys.target()));
                    return new ColumnOutcome.AlreadyTarget();
                })
                .exceptionallyCompose(failure -> {
                    if (isIncorrectKey(failure)) {
                        value.header().ifPresent(header -> learn(header, KeyRing.Kind.FOREIGN, null));
                        return foreign();
                    }
                    return refused(value, failure);
                });
    }

    private void learn(String header, KeyRing.Kind kind, String key) {
        ring.learn(header, new KeyRing.Use(kind, key));
    }

    private static CompletableFuture<ColumnOutcome> foreign() {
        return dead(
                DeadLetter.Reason.UNKNOWN_KEY,
                "the value is under a key that is neither a source key nor the target key of migration.yaml");
    }

    private static CompletableFuture<ColumnOutcome> refused(Value value, Throwable failure) {
        if (!(cause(failure) instanceof ValueException refusal)) {
            return failedFuture(cause(failure));
        }
        return switch (refusal.kind()) {
            case INCORRECT_KEY -> foreign();
            case INVALID_CIPHERTEXT -> completedFuture(invalid(value.ciphertext(), value.context()));
            case DIFFERENT_PLAINTEXT -> dead(DeadLetter.Reason.VERIFICATION_FAILED, refusal.getMessage());
        };
    }

    /** Why KMS calls a ciphertext invalid: what looks like one was refused for its context. */
    public static ColumnOutcome.Dead invalid(byte[] ciphertext, Map<String, String> context) {
        return CiphertextHeader.identifier(ciphertext).isPresent()
                ? new ColumnOutcome.Dead(
                        DeadLetter.Reason.WRONG_CONTEXT,
                        "KMS refused the ciphertext: the encryption context is not " + context.keySet()
                                + " as migration.yaml makes it from this row, or the value was altered")
                : new ColumnOutcome.Dead(DeadLetter.Reason.NOT_CIPHERTEXT, "KMS does not know the value as ciphertext");
    }

    private static CompletableFuture<ColumnOutcome> dead(DeadLetter.Reason reason, String message) {
        return completedFuture(new ColumnOutcome.Dead(reason, message));
    }

    private static boolean isIncorrectKey(Throwable failure) {
        return cause(failure) instanceof ValueException refusal && refusal.kind() == ValueException.Kind.INCORRECT_KEY;
    }

    private static Throwable cause(Throwable failure) {
        return failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
    }
}
