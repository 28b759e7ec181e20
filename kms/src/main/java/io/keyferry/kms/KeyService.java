package io.keyferry.kms;

import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * What KeyFerry asks of AWS KMS in one Region. Safe for many threads; calls do not block, and may be in flight by the
 * thousand.
 *
 * <p>A future fails with {@link RetryableKmsException}, {@link ValueException} or {@link KeyException}, never wrapped
 * in another one of these. It is completed on a thread of the service: what hangs on it must not block. A call that is
 * still open when the service is closed fails with {@link RetryableKmsException}.
 */
public interface KeyService extends AutoCloseable {

    /**
     * Decrypts and encrypts inside KMS.
     *
     * @param ciphertext 1 to 6144 bytes of KMS ciphertext
     * @param sourceKey ARN of the key the ciphertext is pinned to: under another key the call fails with
     *     {@link ValueException.Kind#INCORRECT_KEY}
     * @param targetKey ARN of the key to encrypt under, in the Region of this service
     * @param context encryption context, the same before and after
     */
    CompletableFuture<byte[]> reEncrypt(
            byte[] ciphertext, String sourceKey, String targetKey, Map<String, String> context);

    /**
     * Brings a plaintext out of KMS.
     *
     * @param ciphertext 1 to 6144 bytes of KMS ciphertext
     * @param key ARN of the key the ciphertext is pinned to, in the Region of this service: under another key the call
     *     fails with {@link ValueException.Kind#INCORRECT_KEY}
     * @return the plaintext, 1 to 4096 bytes; the caller's to overwrite when it has been looked at
     */
    CompletableFuture<byte[]> decrypt(byte[] ciphertext, String key, Map<String, String> context);

    /** Describes a key by ARN, also one of another Region. */
    CompletableFuture<KeyDescription> describe(String key);

    @Override
    void close();
}
