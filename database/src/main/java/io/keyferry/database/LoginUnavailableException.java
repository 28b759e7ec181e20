package io.keyferry.database;

import io.keyferry.model.KeyFerryException;

/** User and password cannot be read just now; trying again may help. */
public final class LoginUnavailableException extends KeyFerryException {

    LoginUnavailableException(String message, Throwable cause) {
        super(message, cause);
    }
}
