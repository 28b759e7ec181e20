package io.keyferry.sandbox.kms;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/** How long an answer takes: any time between the two, none more likely than another. */
record Latency(Duration min, Duration max) {

    static final Latency NONE = new Latency(Duration.ZERO, Duration.ZERO);

    Latency {
        if (min.isNegative() || max.compareTo(min) < 0) {
            throw new IllegalArgumentException("no latency between " + min + " and " + max);
        }
    }

    boolean isNone() {
        return max.isZero();
    }

    long nextNanos() {
        return ThreadLocalRandom.current().nextLong(min.toNanos(), max.toNanos() + 1);
    }
}
