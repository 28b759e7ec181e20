package io.keyferry.kms;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.LongAccumulator;
import java.util.concurrent.atomic.LongAdder;

/** Counts the requests that pass, and times them. */
final class MeteredKeyService implements KeyService {

    private final KeyService delegate;
    private final Timer timer;
    private final LongAdder requests = new LongAdder();
    private final LongAdder answered = new LongAdder();
    private final LongAdder throttled = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private final LongAdder latency = new LongAdder();
    private final LongAccumulator longest = new LongAccumulator(Math::max, 0);

    MeteredKeyService(KeyService delegate, Timer timer) {
        this.delegate = delegate;
        this.timer = timer;
    }

    @Override
    public CompletableFuture<byte[]> reEncrypt(
            byte[] ciphertext, String sourceKey, String targetKey, Map<String, String> context) {
        long start = started();
        return measured(start, delegate.reEncrypt(ciphertext, sourceKey, targetKey, context));
    }

    @Override
    public CompletableFuture<KeyDescription> describe(String key) {
        long start = started();
        return measured(start, delegate.describe(key));
    }

    KmsMetrics metrics() {
        // Answers are read before requests, so that no call seems to be answered that was never made.
        long done = answered.sum();
        long made = requests.sum();
        return new KmsMetrics(
                made,
                throttled.sum(),
                failed.sum(),
                made - done,
                Duration.ofNanos(latency.sum()),
                Duration.ofNanos(longest.get()));
    }

    private long started() {
        requests.increment();
        return timer.nanos();
    }

    private <T> CompletableFuture<T> measured(long start, CompletableFuture<T> call) {
        CompletableFuture<T> result = new CompletableFuture<>();
        call.whenComplete((answer, failure) -> {
            long nanos = timer.nanos() - start;
            latency.add(nanos);
            longest.accumulate(nanos);
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
