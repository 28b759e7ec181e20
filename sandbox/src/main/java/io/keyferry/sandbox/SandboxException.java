package io.keyferry.sandbox;

/** A part of the sandbox does not start or does not stop. */
public final class SandboxException extends RuntimeException {

    public SandboxException(String message, Throwable cause) {
        super(message, cause);
    }
}
