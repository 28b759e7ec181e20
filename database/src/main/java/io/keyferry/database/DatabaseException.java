package io.keyferry.database;

import io.keyferry.model.KeyFerryException;

/** The database cannot be used as it is configured; says where, and what to do. Trying again will not help. */
public final class DatabaseException extends KeyFerryException {

    DatabaseException(String message) {
        super(message);
    }

    DatabaseException(String message, Throwable cause) {
        super(message, cause);
    }
}
