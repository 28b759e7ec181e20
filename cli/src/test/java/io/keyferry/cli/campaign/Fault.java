package io.keyferry.cli.campaign;

import java.time.Duration;

/**
 * Something bad that happens to a part of the site, and ends.
 *
 * @param name what it is, for the report
 * @param part what it happens to: no part meets two faults at the same time
 * @param lasts from the end of {@code begin} to that of {@code end}
 */
record Fault(String name, Object part, Duration lasts, Runnable begin, Runnable end) {

    /** One that is over as soon as it has happened. */
    static Fault sudden(String name, Object part, Runnable begin) {
        return new Fault(name, part, Duration.ZERO, begin, () -> {});
    }

    @Override
    public String toString() {
        return name + (lasts.isZero() ? "" : " for " + lasts.toMillis() + " ms");
    }
}
