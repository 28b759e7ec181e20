package io.keyferry.kms;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;

/** Counts the requests that pass, and times the answers. */
final class MeteredKeyService implements KeyService {

    private static final Duration[] BUCKETS = {
        Duration.ofMillis(5),
        Duration.ofMillis(10),
        Duration.ofMillis(20),
        Duration.ofMillis(50),
        Duration.ofMillis(100),
        Duration.ofMillis(200),
        Duration.ofMillis(500),
        Duration.ofSeconds(1),
        Duration.ofSeconds(2),
        Duration.ofSeconds(5),
        Duration.ofSeconds(10)
    };

    private final KeyService delegate;
    private final LongAdder requests = new LongAdder();
    private final LongAdder answered = new LongAdder();
    private final LongAdder throttled = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private final Timer answers;

    MeteredKeyService(KeyService delegate, MeterRegistry meters) {
        this.delegate = delegate;
        answers = Timer.builder("keyferry.kms.request")
                .description("How long KMS took to answer an attempt")
                .serviceLevelObjectives(BUCKETS)
                .register(meters);
    }

    @Override
    public CompletableFuture<byte[]> reEncrypt(
            byte[] ciphertext, String sourceKey, String targetKey, Map<String, String> context) {
        return counted(() -> delegate.reEncrypt(ciphertext, sourceKey, targetKey, context));
    }

    @Override
    public CompletableFuture<byte[]> decrypt(byte[] ciphertext, String key, Map<String, String> context) {
        return counted(() -> delegate.decrypt(ciphertext, key, context));
    }

    @Override
    public CompletableFuture<KeyDescription> describe(String key) {
        return counted(() -> delegate.describe(key));
    }

    KmsMetrics metrics() {
        // Answers are read before requests, so that no call seems to be answered that was never made.
        long done = answered.sum();
        long made = requests.sum();
        return new KmsMetrics(made, throttled.sum(), failed.sum(), made - done);
    }

    private <T> CompletableFuture<T> counted(Supplier<CompletableFuture<T>> call) {
        requests.increment();
        long begun = System.nanoTime();
        CompletableFuture<T> result = new CompletableFuture<>();
        call.get().whenComplete((answer, failure) -> {
            answers.record(System.nanoTime() - begun, TimeUnit.NANOSECONDS);
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
