package io.keyferry.stream;

/** The schema registry does not answer just now, so that a record can be read only later. */
final class RegistryUnavailableException extends RuntimeException {

    RegistryUnavailableException(String message, Throwable cause) {
        super(message, cause);
    }
}
