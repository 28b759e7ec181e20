package io.keyferry.kms;

import io.keyferry.model.pace.AdaptiveRate;
import io.keyferry.model.pace.Cause;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * Lets calls through in their order, at most at this instance's share of the ceiling and slower while KMS throttles;
 * blocks no thread.
 */
final class RateLimitedKeyService implements KeyService {

    /** Fewer wake-ups than calls where the rate is high. */
    private static final Duration SHORTEST_WAIT = Duration.ofMillis(1);
    /** Calls that left before a cut are still being throttled for a while after it: they say nothing new. */
    private static final Duration CUT_PAUSE = Duration.ofMillis(200);

    private final KeyService delegate;
    private final Timer timer;
    private final Object lock = new Object();
    private final AdaptiveRate rate;
    private final Queue<Waiting<?>> queue = new ArrayDeque<>();
    private boolean timerSet;
    /** A timer that was set under another share is not to be heeded. */
    private long timers;

    private boolean closed;

    RateLimitedKeyService(KeyService delegate, double maxRequestsPerSecond, Timer timer) {
        this.delegate = delegate;
        this.timer = timer;
        this.rate = AdaptiveRate.under(maxRequestsPerSecond, CUT_PAUSE, timer.nanos());
    }

    @Override
    public CompletableFuture<byte[]> reEncrypt(
            byte[] ciphertext, String sourceKey, String targetKey, Map<String, String> context) {
        return admitted(() -> delegate.reEncrypt(ciphertext, sourceKey, targetKey, context));
    }

    @Override
    public CompletableFuture<byte[]> decrypt(byte[] ciphertext, String key, Map<String, String> context) {
        return admitted(() -> delegate.decrypt(ciphertext, key, context));
    }

    @Override
    public CompletableFuture<KeyDescription> describe(String key) {
        return admitted(() -> delegate.describe(key));
    }

    /** Requests a second that may leave at present. */
    double currentRate() {
        synchronized (lock) {
            return rate.current(timer.nanos());
        }
    }

    /** What keeps calls waiting at present, or throttling that lasts; empty where nothing does. */
    Optional<Cause> limitedBy() {
        synchronized (lock) {
            return rate.limitedBy(timer.nanos());
        }
    }

    /**
     * From now on at most so much of the ceiling; at 0 calls wait for another share, or for the end.
     *
     * @param share 0 to 1
     */
    void share(double share) {
        synchronized (lock) {
            rate.share(share, timer.nanos());
            timers++;
            timerSet = false;
        }
        release();
    }

    /** How many calls wait to be let through. */
    int waiting() {
        synchronized (lock) {
            return queue.size();
        }
    }

    private <T> CompletableFuture<T> admitted(Supplier<CompletableFuture<T>> call) {
        Waiting<T> waiting = new Waiting<>(call, new CompletableFuture<>());
        synchronized (lock) {
            if (closed) {
                return CompletableFuture.failedFuture(RetryableKmsException.closed());
            }
            if (!queue.isEmpty() || !rate.take(timer.nanos())) {
                queue.add(waiting);
                setTimer();
                return waiting.result;
            }
        }
        start(waiting);
        return waiting.result;
    }

    private void setTimer() {
        if (!timerSet && !queue.isEmpty() && rate.isFlowing()) {
            timerSet = true;
            long number = ++timers;
            Duration wait = rate.untilNext(timer.nanos());
            timer.after(wait.compareTo(SHORTEST_WAIT) < 0 ? SHORTEST_WAIT : wait, () -> onTimer(number));
        }
    }

    private void onTimer(long number) {
        synchronized (lock) {
            if (number != timers) {
                return;
            }
            timerSet = false;
        }
        release();
    }

    private void release() {
        List<Waiting<?>> released = new ArrayList<>();
        synchronized (lock) {
            while (!queue.isEmpty() && (queue.peek().isCancelled() || rate.take(timer.nanos()))) {
                released.add(queue.remove());
            }
            setTimer();
        }
        // Not under the lock: starting a call signs a request, and a call that fails at once comes back here.
        released.forEach(this::start);
    }

    private <T> void start(Waiting<T> waiting) {
        if (waiting.isCancelled()) {
            return;
        }
        waiting.call.get().whenComplete((answer, failure) -> {
            if (failure == null) {
                waiting.result.complete(answer);
                return;
            }
            if (failure instanceof RetryableKmsException retryable && retryable.isThrottled()) {
                synchronized (lock) {
                    rate.cut(Cause.KMS_THROTTLING, timer.nanos());
                }
            }
            waiting.result.completeExceptionally(failure);
        });
    }

    @Override
    public void close() {
        List<Waiting<?>> left;
        synchronized (lock) {
            closed = true;
            left = List.copyOf(queue);
            queue.clear();
        }
        left.forEach(waiting -> waiting.result.completeExceptionally(RetryableKmsException.closed()));
        delegate.close();
    }

    private record Waiting<T>(Supplier<CompletableFuture<T>> call, CompletableFuture<T> result) {

        /** Whether the caller no longer wants the answer. */
        boolean isCancelled() {
            return result.isDone();
        }
    }
}
