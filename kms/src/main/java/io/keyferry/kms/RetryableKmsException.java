package io.keyferry.kms;

import io.keyferry.model.KeyFerryException;

/** A call that may succeed when made again: throttling, a KMS 5xx, a network failure, expired credentials. */
public final class RetryableKmsException extends KeyFerryException {

    private final boolean throttled;

    public RetryableKmsException(String message, boolean throttled, Throwable cause) {
        super(message, cause);
        this.throttled = throttled;
    }

    /** How a call ends that waits or is in flight when its service is closed. */
    static RetryableKmsException closed() {
        return new RetryableKmsException("The connection to KMS was closed before the call was answered", false, null);
    }

    /** Whether KMS said that the account's request quota is used up. */
    public boolean isThrottled() {
        return throttled;
    }
}
