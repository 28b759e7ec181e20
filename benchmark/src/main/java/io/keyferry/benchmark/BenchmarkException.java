package io.keyferry.benchmark;

import io.keyferry.model.KeyFerryException;

/** A measurement that did not come about. */
final class BenchmarkException extends KeyFerryException {

    BenchmarkException(String message) {
        super(message);
    }
}
