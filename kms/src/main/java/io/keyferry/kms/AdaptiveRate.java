package io.keyferry.kms;

import java.time.Duration;

/**
 * A bucket of permits that fills at a rate: at most the ceiling, cut by 30% when KMS throttles, then growing by 5% of
 * the ceiling a second. Not safe for threads; times are {@link Timer#nanos()}.
 */
final class AdaptiveRate {

    private static final double CUT = 0.7;
    private static final double RECOVERY_PER_SECOND = 0.05;
    /** Calls that left before a cut are still being throttled for a while after it: they say nothing new. */
    private static final long CUT_PAUSE = Duration.ofMillis(200).toNanos();
    /** How much may be made up for at once: KMS counts by the second, and a late timer must not cost rate. */
    private static final double BURST_SECONDS = 0.05;

    private static final double FLOOR = 1;
    private static final double NANOS = 1e9;

    private final double ceiling;
    private double rate;
    private double permits;
    private long filledAt;
    private long cutAt;

    /** @param ceiling permits a second */
    AdaptiveRate(double ceiling, long now) {
        if (!(ceiling > 0)) {
            throw new IllegalArgumentException("a rate of " + ceiling + " requests/s");
        }
        this.ceiling = ceiling;
        this.rate = ceiling;
        this.permits = 1;
        this.filledAt = now;
        this.cutAt = now - CUT_PAUSE;
    }

    /** Whether there was a permit, which is taken. */
    boolean take(long now) {
        fill(now);
        if (permits < 1) {
            return false;
        }
        permits -= 1;
        return true;
    }

    /** How long until there is a permit. */
    Duration untilNext(long now) {
        fill(now);
        return Duration.ofNanos((long) Math.ceil(Math.max(0, 1 - permits) / rate * NANOS));
    }

    /** KMS has throttled a call. */
    void throttled(long now) {
        fill(now);
        if (now - cutAt >= CUT_PAUSE) {
            cutAt = now;
            rate = Math.max(Math.min(FLOOR, ceiling), rate * CUT);
            permits = Math.min(permits, 0);
        }
    }

    /** Permits a second. */
    double current(long now) {
        fill(now);
        return rate;
    }

    private void fill(long now) {
        double seconds = Math.max(0, now - filledAt) / NANOS;
        filledAt = now;
        rate = Math.min(ceiling, rate + ceiling * RECOVERY_PER_SECOND * seconds);
        permits = Math.min(Math.max(1, rate * BURST_SECONDS), permits + rate * seconds);
    }
}
