package io.keyferry.kms;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** A KeyService whose calls are answered by the test, in whatever order it likes; ciphertexts come back as they went. */
final class FakeKms implements KeyService {

    private final ManualTimer timer;
    private final List<Call> calls = new ArrayList<>();
    private boolean closed;

    FakeKms(ManualTimer timer) {
        this.timer = timer;
    }

    record Call(byte[] ciphertext, long madeAt, CompletableFuture<byte[]> future) {

        void succeed() {
            future.complete(ciphertext);
        }

        void fail(RuntimeException failure) {
            future.completeExceptionally(failure);
        }
    }

    static RetryableKmsException throttling() {
        return new RetryableKmsException("KMS throttles", true, null);
    }

    static RetryableKmsException outage() {
        return new RetryableKmsException("KMS cannot be reached", false, null);
    }

    @Override
    public CompletableFuture<byte[]> reEncrypt(
            byte[] ciphertext, String sourceKey, String targetKey, Map<String, String> context) {
        Call call = new Call(ciphertext, timer.nanos(), new CompletableFuture<>());
        calls.add(call);
        return call.future();
    }

    @Override
    public CompletableFuture<byte[]> decrypt(byte[] ciphertext, String key, Map<String, String> context) {
        return reEncrypt(ciphertext, key, key, context);
    }

    @Override
    public CompletableFuture<KeyDescription> describe(String key) {
        return CompletableFuture.completedFuture(new KeyDescription(key, "Enabled", false, List.of("us-west-2")));
    }

    List<Call> calls() {
        return calls;
    }

    Call call(int index) {
        return calls.get(index);
    }

    Call last() {
        return calls.get(calls.size() - 1);
    }

    boolean isClosed() {
        return closed;
    }

    @Override
    public void close() {
        closed = true;
    }
}
