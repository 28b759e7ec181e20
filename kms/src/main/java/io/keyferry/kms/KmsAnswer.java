package io.keyferry.kms;

import io.keyferry.model.KeyFerryException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** Waits for what KMS says, for those who can do nothing else meanwhile. */
public final class KmsAnswer {

    private KmsAnswer() {}

    /** @throws KeyFerryException as the call failed, not wrapped */
    public static <T> T of(CompletableFuture<T> call) {
        try {
            return call.join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof KeyFerryException known ? known : e;
        }
    }
}
