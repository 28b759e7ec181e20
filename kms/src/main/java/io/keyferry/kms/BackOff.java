package io.keyferry.kms;

import java.time.Duration;
import java.util.function.DoubleSupplier;

/** How long to wait before a call is made again: exponential, with full jitter, so that waiting calls spread. */
final class BackOff {

    private static final Duration FIRST = Duration.ofMillis(50);
    private static final Duration LONGEST = Duration.ofSeconds(10);
    /** The rate limit, which every attempt passes, does the waiting where KMS throttles. */
    private static final Duration LONGEST_WHEN_THROTTLED = Duration.ofMillis(400);

    private final DoubleSupplier random;

    /** @param random numbers from 0 to below 1 */
    BackOff(DoubleSupplier random) {
        this.random = random;
    }

    /** @param failures failed attempts of this call, at least 1 */
    Duration after(int failures, boolean throttled) {
        long longest = (throttled ? LONGEST_WHEN_THROTTLED : LONGEST).toNanos();
        long bound = Math.min(longest, FIRST.toNanos() << Math.min(failures - 1, 20));
        return Duration.ofNanos((long) (bound * random.getAsDouble()));
    }
}
