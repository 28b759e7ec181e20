package io.keyferry.cli.http;

import io.keyferry.model.KeyFerryException;
import java.util.OptionalInt;

/**
 * What the page of a run shows and does. Called by many threads. What steers returns when Kafka has it, with what holds
 * from then on as JSON, and throws a {@link KeyFerryException} where it was not taken.
 */
public interface Dashboard {

    /** Everything that the page shows, as JSON; answers at once. */
    String status();

    String pause();

    String resume();

    /** @param maxRequestsPerSecond at least 1; empty for no throttle */
    String throttle(OptionalInt maxRequestsPerSecond);
}
