package io.keyferry.kms;

import io.keyferry.model.KeyFerryException;

/** A key cannot be used: disabled, pending deletion, not found, access denied. Going on would fail for every value. */
public final class KeyException extends KeyFerryException {

    public KeyException(String message, Throwable cause) {
        super(message, cause);
    }
}
