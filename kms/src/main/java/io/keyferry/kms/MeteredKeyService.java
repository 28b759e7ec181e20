package io.keyferry.kms;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.LongAdder;

/** Counts the requests that pass. */
final class MeteredKeyService implements KeyService {

    private final KeyService delegate;
    private final LongAdder requests = new LongAdder();
    private final LongAdder answered = new LongAdder();
    private final LongAdder throttled = new LongAdder();
    private final LongAdder failed = new LongAdder();

    MeteredKeyService(KeyService delegate) {
        this.delegate = delegate;
    }

    @Override
    public CompletableFuture<byte[]> reEncrypt(
            byte[] ciphertext, String sourceKey, String targetKey, Map<String, String> context) {
        requests.increment();
        return counted(delegate.reEncrypt(ciphertext, sourceKey, targetKey, context));
    }

    @Override
    public CompletableFuture<KeyDescription> describe(String key) {
        requests.increment();
        return counted(delegate.describe(key));
    }

    KmsMetrics metrics() {
        // Answers are read before requests, so that no call seems to be answered that was never made.
        long done = answered.sum();
        long made = requests.sum();
        return new KmsMetrics(made, throttled.sum(), failed.sum(), made - done);
    }

    private <T> CompletableFuture<T> counted(CompletableFuture<T> call) {
        CompletableFuture<T> result = new CompletableFuture<>();
        call.whenComplete((answer, failure) -> {
            if (failure instanceof RetryableKmsException retryable && retryable.isThrottled()) {
                throttled.increment();
            } else if (failure != null) {
                failed.increment();
            }
            answered.increment();
            // Only now may the caller go on, and find its own call counted.
            if (failure == null) {
                result.complete(answer);
            } else {
                result.completeExceptionally(failure);
            }
        });
        return result;
    }

    @Override
    public void close() {
        delegate.close();
    }
}
