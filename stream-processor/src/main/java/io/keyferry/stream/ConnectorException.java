package io.keyferry.stream;

import io.keyferry.model.KeyFerryException;

/**
 * What the user's connector writes cannot be read, and will not be as long as it is set as it is: the message says what to
 * change. It is no fault of one record, so that it halts the run.
 */
final class ConnectorException extends KeyFerryException {

    ConnectorException(String message) {
        super(message);
    }

    ConnectorException(String message, Throwable cause) {
        super(message, cause);
    }
}
