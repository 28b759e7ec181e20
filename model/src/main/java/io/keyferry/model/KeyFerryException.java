package io.keyferry.model;

/** The base of every error KeyFerry raises on purpose: its message says what is wrong and what to do, and holds no value. */
public class KeyFerryException extends RuntimeException {

    public KeyFerryException(String message) {
        super(message);
    }

    public KeyFerryException(String message, Throwable cause) {
        super(message, cause);
    }
}
