package io.keyferry.kms;

import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * Passes on what KMS has re-encrypted only where old and new ciphertext decrypt to the same. Plaintexts are in memory from
 * KMS's answers until they are compared, and overwritten then.
 */
final class ComparingKeyService implements KeyService {

    private final KeyService delegate;

    ComparingKeyService(KeyService delegate) {
        this.delegate = delegate;
    }

    @Override
    public CompletableFuture<byte[]> reEncrypt(
            byte[] ciphertext, String sourceKey, String targetKey, Map<String, String> context) {
        CompletableFuture<byte[]> made = delegate.reEncrypt(ciphertext, sourceKey, targetKey, context);
        // from a key to itself only asks whether the value is under it: nothing of the answer is written
        return sourceKey.equals(targetKey)
                ? made
                : made.thenCompose(result -> compared(ciphertext, sourceKey, result, targetKey, context));
    }

    private CompletableFuture<byte[]> compared(
            byte[] before, String sourceKey, byte[] after, String targetKey, Map<String, String> context) {
        CompletableFuture<byte[]> old = delegate.decrypt(before, sourceKey, context);
        CompletableFuture<byte[]> made = delegate.decrypt(after, targetKey, context);
        CompletableFuture<byte[]> result = new CompletableFuture<>();
        // both have ended, so that no plaintext arrives after the arrays were overwritten
        CompletableFuture.allOf(old, made).whenComplete((done, failure) -> {
            byte[] one = plaintext(old);
            byte[] other = plaintext(made);
            boolean equal = failure == null && MessageDigest.isEqual(one, other);
            Arrays.fill(one, (byte) 0);
            Arrays.fill(other, (byte) 0);
            if (equal) {
                result.complete(after);
            } else {
                result.completeExceptionally(failure == null ? different(null) : told(failure));
            }
        });
        return result;
    }

    private static byte[] plaintext(CompletableFuture<byte[]> decrypted) {
        return decrypted.isCompletedExceptionally() ? new byte[0] : decrypted.join();
    }

    /** A value that KMS refuses to decrypt has failed the comparison; any other failure is what it is. */
    private static Throwable told(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        return cause instanceof ValueException refusal ? different(refusal) : cause;
    }

    private static ValueException different(ValueException refusal) {
        return new ValueException(
                ValueException.Kind.DIFFERENT_PLAINTEXT,
                refusal == null
                        ? "The re-encrypted value decrypts to another plaintext than the one it was made from"
                        : "Old and re-encrypted value cannot both be decrypted: " + refusal.getMessage(),
                refusal);
    }

    @Override
    public CompletableFuture<byte[]> decrypt(byte[] ciphertext, String key, Map<String, String> context) {
        return delegate.decrypt(ciphertext, key, context);
    }

    @Override
    public CompletableFuture<KeyDescription> describe(String key) {
        return delegate.describe(key);
    }

    @Override
    public void close() {
        delegate.close();
    }
}
