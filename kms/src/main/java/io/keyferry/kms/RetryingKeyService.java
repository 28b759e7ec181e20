package io.keyferry.kms;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/** Makes a call again for as long as its failure is one that time may cure; a listener hears of it. */
final class RetryingKeyService implements KeyService {

    private final KeyService delegate;
    private final BackOff backOff;
    private final TroubleWatch watch;
    private final Timer timer;
    private final Set<Call<?>> waiting = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    RetryingKeyService(KeyService delegate, BackOff backOff, TroubleWatch watch, Timer timer) {
        this.delegate = delegate;
        this.backOff = backOff;
        this.watch = watch;
        this.timer = timer;
    }

    @Override
    public CompletableFuture<byte[]> reEncrypt(
            byte[] ciphertext, String sourceKey, String targetKey, Map<String, String> context) {
        return retried(() -> delegate.reEncrypt(ciphertext, sourceKey, targetKey, context));
    }

    @Override
    public CompletableFuture<byte[]> decrypt(byte[] ciphertext, String key, Map<String, String> context) {
        return retried(() -> delegate.decrypt(ciphertext, key, context));
    }

    @Override
    public CompletableFuture<KeyDescription> describe(String key) {
        return retried(() -> delegate.describe(key));
    }

    private <T> CompletableFuture<T> retried(Supplier<CompletableFuture<T>> attempt) {
        Call<T> call = new Call<>(attempt);
        call.make();
        return call.result;
    }

    @Override
    public void close() {
        closed = true;
        waiting.forEach(Call::make);
        delegate.close();
    }

    /** One call and its attempts, which follow each other; never two at a time. */
    private final class Call<T> {

        private final Supplier<CompletableFuture<T>> attempt;
        private final CompletableFuture<T> result = new CompletableFuture<>();
        private int failures;

        private Call(Supplier<CompletableFuture<T>> attempt) {
            this.attempt = attempt;
        }

        /** The first attempt, or the next one: whoever takes the call out of the waiting ones makes it. */
        private void make() {
            if (failures > 0 && !waiting.remove(this)) {
                return;
            }
            if (closed) {
                result.completeExceptionally(RetryableKmsException.closed());
            } else if (result.isDone()) {
                end(() -> {});
            } else {
                attempt.get().whenComplete(this::answered);
            }
        }

        private void answered(T answer, Throwable failure) {
            if (failure == null) {
                end(() -> result.complete(answer));
            } else if (failure instanceof RetryableKmsException retryable && !closed) {
                failures++;
                watch.failed(retryable, failures == 1);
                waiting.add(this);
                timer.after(backOff.after(failures, retryable.isThrottled()), this::make);
                // Looked at after the call can be found: either close() finds it, or it is ended here.
                if (closed) {
                    make();
                }
            } else {
                end(() -> result.completeExceptionally(failure));
            }
        }

        private void end(Runnable completion) {
            if (failures > 0 && !closed) {
                watch.ended();
            }
            completion.run();
        }
    }
}
