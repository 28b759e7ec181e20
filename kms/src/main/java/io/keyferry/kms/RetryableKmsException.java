package io.keyferry.kms;

import io.keyferry.model.KeyFerryException;

/** A call that may succeed when made again: throttling, a KMS 5xx, a network failure, expired credentials. */
public final class RetryableKmsException extends KeyFerryException {

    private final boolean throttled;

    public RetryableKmsException(String message, boolean throttled, Throwable cause) {
        super(message, cause);
        this.throttled = throttled;
    }

    /** Whether KMS said that the account's request quota is used up. */
    public boolean isThrottled() {
        return throttled;
    }
}
