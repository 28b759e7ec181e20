package io.keyferry.cli.demo;

import io.keyferry.model.KeyFerryException;

/** The demo cannot go on. */
public final class DemoException extends KeyFerryException {

    DemoException(String message, Throwable cause) {
        super(message, cause);
    }
}
