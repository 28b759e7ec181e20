package io.keyferry.cli.http;

import io.keyferry.model.KeyFerryException;

/** The dashboard's token cannot be used; the message does not repeat it. */
public final class TokenException extends KeyFerryException {

    TokenException(String message, Throwable cause) {
        super(message, cause);
    }
}
