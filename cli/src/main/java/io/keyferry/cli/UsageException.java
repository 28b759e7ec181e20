package io.keyferry.cli;

import io.keyferry.model.KeyFerryException;

/** The command line or the configuration must be changed: exit code 2. */
final class UsageException extends KeyFerryException {

    UsageException(String message) {
        super(message);
    }
}
