package io.keyferry.kms;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.kms.model.DecryptRequest;
import software.amazon.awssdk.services.kms.model.DecryptResponse;
import software.amazon.awssdk.services.kms.model.KeyMetadata;
import software.amazon.awssdk.services.kms.model.MultiRegionConfiguration;
import software.amazon.awssdk.services.kms.model.MultiRegionKey;
import software.amazon.awssdk.services.kms.model.ReEncryptRequest;
import software.amazon.awssdk.services.kms.model.ReEncryptResponse;

/** Makes each call once, over HTTP, on the threads of its own clients. */
final class AwsKeyService implements KeyService {

    private static final int MAX_CIPHERTEXT = 6144;

    private final String region;
    private final RegionalClients clients;
    private final AwsErrors errors = new AwsErrors();
    private final Set<CompletableFuture<?>> inFlight = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    /** @param connections how many calls can be on the wire at once; further ones wait for a connection */
    AwsKeyService(KmsAccess access, int connections) {
        this.region = access.region();
        this.clients = new RegionalClients(access, connections);
    }

    @Override
    public CompletableFuture<byte[]> reEncrypt(
            byte[] ciphertext, String sourceKey, String targetKey, Map<String, String> context) {
        if (isNoCiphertext(ciphertext)) {
            return CompletableFuture.failedFuture(noCiphertext(ciphertext));
        }
        ReEncryptRequest request = ReEncryptRequest.builder()
                .ciphertextBlob(SdkBytes.fromByteArrayUnsafe(ciphertext))
                .sourceKeyId(sourceKey)
                .destinationKeyId(targetKey)
                .sourceEncryptionContext(context)
                .destinationEncryptionContext(context)
                .build();
        return made(
                AwsCall.reEncrypt(region, sourceKey, targetKey),
                () -> clients.in(region).reEncrypt(request),
                response -> checked(response, sourceKey, targetKey));
    }

    private static byte[] checked(ReEncryptResponse response, String sourceKey, String targetKey) {
        if (!sourceKey.equals(response.sourceKeyId()) || !targetKey.equals(response.keyId())) {
            throw new KeyException(
                    "KMS was asked to re-encrypt from " + sourceKey + " to " + targetKey + ", but did so from "
                            + response.sourceKeyId() + " to " + response.keyId()
                            + ". Name keys by their own ARNs, not by aliases; the answer was thrown away.",
                    null);
        }
        return response.ciphertextBlob().asByteArrayUnsafe();
    }

    @Override
    public CompletableFuture<byte[]> decrypt(byte[] ciphertext, String key, Map<String, String> context) {
        if (isNoCiphertext(ciphertext)) {
            return CompletableFuture.failedFuture(noCiphertext(ciphertext));
        }
        DecryptRequest request = DecryptRequest.builder()
                .ciphertextBlob(SdkBytes.fromByteArrayUnsafe(ciphertext))
                .keyId(key)
                .encryptionContext(context)
                .build();
        return made(
                AwsCall.decrypt(region, key),
                () -> clients.in(region).decrypt(request),
                response -> checked(response, key));
    }

    private static byte[] checked(DecryptResponse response, String key) {
        byte[] plaintext = response.plaintext().asByteArrayUnsafe();
        if (!key.equals(response.keyId())) {
            Arrays.fill(plaintext, (byte) 0);
            throw new KeyException(
                    "KMS was asked to decrypt under " + key + ", but did so under " + response.keyId()
                            + ". Name keys by their own ARNs, not by aliases; the answer was thrown away.",
                    null);
        }
        return plaintext;
    }

    /** What KMS would refuse unseen. */
    private static boolean isNoCiphertext(byte[] bytes) {
        return bytes.length == 0 || bytes.length > MAX_CIPHERTEXT;
    }

    private static ValueException noCiphertext(byte[] bytes) {
        return new ValueException(
                ValueException.Kind.INVALID_CIPHERTEXT,
                "KMS ciphertext has 1 to " + MAX_CIPHERTEXT + " bytes, this value has " + bytes.length,
                null);
    }

    @Override
    public CompletableFuture<KeyDescription> describe(String key) {
        String[] arn = key.split(":", 6);
        if (arn.length < 6 || !arn[0].equals("arn") || !arn[2].equals("kms") || arn[3].isEmpty()) {
            return CompletableFuture.failedFuture(new KeyException(
                    "'" + key + "' is not the ARN of a KMS key; one looks like"
                            + " arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
                    null));
        }
        return made(
                AwsCall.describe(arn[3], key),
                () -> clients.in(arn[3]).describeKey(request -> request.keyId(key)),
                response -> description(response.keyMetadata(), arn[3]));
    }

    static KeyDescription description(KeyMetadata key, String region) {
        MultiRegionConfiguration regions = key.multiRegionConfiguration();
        return new KeyDescription(
                key.arn(),
                key.keyStateAsString(),
                Boolean.TRUE.equals(key.multiRegion()),
                regions == null
                        ? List.of(region)
                        : Stream.concat(Stream.of(regions.primaryKey()), regions.replicaKeys().stream())
                                .map(MultiRegionKey::region)
                                .toList());
    }

    private <R, T> CompletableFuture<T> made(
            AwsCall call, Supplier<CompletableFuture<R>> request, Function<R, T> answer) {
        CompletableFuture<T> result = new CompletableFuture<>();
        inFlight.add(result);
        // Looked at after the future can be found: either close() finds it, or it is failed here.
        if (closed) {
            fail(result);
            return result;
        }
        try {
            request.get().whenComplete((response, failure) -> {
                if (failure == null) {
                    complete(result, response, answer);
                } else {
                    result.completeExceptionally(translated(call, failure));
                }
                inFlight.remove(result);
            });
        } catch (RuntimeException e) {
            inFlight.remove(result);
            result.completeExceptionally(translated(call, e));
        }
        return result;
    }

    private static <R, T> void complete(CompletableFuture<T> result, R response, Function<R, T> answer) {
        try {
            result.complete(answer.apply(response));
        } catch (KeyException e) {
            result.completeExceptionally(e);
        } catch (RuntimeException e) {
            // whoever waits for it must not wait for ever
            result.completeExceptionally(
                    new KeyException("KMS answered, but not as its documentation says: " + e.getMessage(), e));
        }
    }

    private RuntimeException translated(AwsCall call, Throwable failure) {
        if (closed) {
            return RetryableKmsException.closed();
        }
        return errors.translate(call, failure instanceof CompletionException ? failure.getCause() : failure);
    }

    private void fail(CompletableFuture<?> result) {
        inFlight.remove(result);
        result.completeExceptionally(RetryableKmsException.closed());
    }

    @Override
    public void close() {
        closed = true;
        inFlight.forEach(this::fail);
        clients.close();
    }
}
