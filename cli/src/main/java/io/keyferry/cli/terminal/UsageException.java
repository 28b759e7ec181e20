package io.keyferry.cli.terminal;

import io.keyferry.model.KeyFerryException;

/** The command line or the configuration must be changed: exit code 2. */
public final class UsageException extends KeyFerryException {

    public UsageException(String message) {
        super(message);
    }
}
