package io.keyferry.kms;

import java.time.Duration;

/**
 * A bucket of permits that fills at a rate: at most a share of the ceiling, cut by 30% when KMS throttles, then growing
 * by 5% of that a second. Not safe for threads; times are {@link Timer#nanos()}.
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
    /** The most that may be taken now: the ceiling, or this instance's share of it; 0 for nothing. */
    private double top;
    /** How much of that KMS lets us have, above 0 to 1. */
    private double pace = 1;

    private double permits = 1;
    private long filledAt;
    private long cutAt;

    /** @param ceiling permits a second */
    AdaptiveRate(double ceiling, long now) {
        if (!(ceiling > 0)) {
            throw new IllegalArgumentException("a rate of " + ceiling + " requests/s");
        }
        this.ceiling = ceiling;
        this.top = ceiling;
        this.filledAt = now;
        this.cutAt = now - CUT_PAUSE;
    }

    /**
     * From now on at most so much of the ceiling.
     *
     * @param share 0 to 1
     */
    void share(double share, long now) {
        if (!(share >= 0 && share <= 1)) {
            throw new IllegalArgumentException("a share of " + share);
        }
        fill(now);
        top = ceiling * share;
        // whoever has the rest may use it from now on, so that nothing saved up under a larger share is left
        permits = Math.min(permits, most());
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

    /** Whether permits come without another share. */
    boolean isFlowing() {
        return top > 0;
    }

    /** How long until there is a permit; only while it is flowing. */
    Duration untilNext(long now) {
        fill(now);
        return Duration.ofNanos((long) Math.ceil(Math.max(0, 1 - permits) / rate() * NANOS));
    }

    /** KMS has throttled a call. */
    void throttled(long now) {
        fill(now);
        if (now - cutAt >= CUT_PAUSE && isFlowing()) {
            cutAt = now;
            pace = Math.max(Math.min(FLOOR / top, 1), pace * CUT);
            permits = Math.min(permits, 0);
        }
    }

    /** Permits a second. */
    double current(long now) {
        fill(now);
        return rate();
    }

    private double rate() {
        return top * pace;
    }

    private double most() {
        return isFlowing() ? Math.max(1, rate() * BURST_SECONDS) : 0;
    }

    private void fill(long now) {
        double seconds = Math.max(0, now - filledAt) / NANOS;
        filledAt = now;
        pace = Math.min(1, pace + RECOVERY_PER_SECOND * seconds);
        permits = Math.min(most(), permits + rate() * seconds);
    }
}
