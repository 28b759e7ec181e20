package io.keyferry.model.pace;

import java.time.Duration;
import java.util.Optional;

/**
 * A bucket of permits that fills at a rate: cut by 30% when something suffers, then growing by 5% a second of what it was
 * at most, and knowing what it was cut for. Does nothing by itself. Not safe for threads; times are those of one clock in
 * nanoseconds, and never go back.
 *
 * <p>With a ceiling, no second has more permits than it, or the share of it, allows: after a pause there are some at once,
 * and a second later as many fewer. The rate grows to the ceiling by 5% of it a second. Without one there is no
 * limit until the first cut, which starts from the rate that was measured. Then 5% are those of the rate at which a row of
 * cuts began: where the trouble sets in is what is known of what can be borne. The limit is lifted when the rate is back
 * there, and for {@link #LIFT} it has held nobody back: it limits nothing any more.
 */
public final class AdaptiveRate {

    private static final double CUT = 0.7;
    private static final double RECOVERY_PER_SECOND = 0.05;
    /** How much may be made up for at once: KMS counts by the second, and a late timer must not cost rate. */
    private static final double BURST_SECONDS = 0.05;
    /** How much may be taken at once, in debt for what comes next, so that what is done stays smooth. */
    private static final double AT_ONCE_SECONDS = 0.25;

    private static final Duration LIFT = Duration.ofSeconds(10);
    /** What somebody waited for, or suffered from, a second ago still counts as present. */
    private static final long PRESENT = Duration.ofSeconds(1).toNanos();

    /** Without a ceiling, what moves more slowly than this is not what causes trouble: a start, and steps, of so much. */
    private static final double START_AT_LEAST = 100;

    private static final double NANOS = 1e9;

    private final double ceiling;
    private final double floor;
    private final long cutPause;
    private final long hold;

    /** What {@link #pace} is a part of: the ceiling, this instance's share of it, the rate where trouble began; or endless. */
    private double top;

    private double share = 1;
    /** How much of the top may be had, above 0; up to 1 where there is a ceiling. */
    private double pace = 1;

    private final LastSecond lastSecond;
    private double permits;
    private long filledAt;
    private long cutAt;
    private Cause cause;
    /** When the cause was told of last, whether or not it led to a cut. */
    private long suffered;

    private long waitedUntil;
    /** When there was last more than anybody wanted. */
    private long ranOverAt;
    /** When somebody was last held back. */
    private long heldBackAt;

    private AdaptiveRate(double ceiling, double floor, Duration cutPause, Duration hold, long now) {
        if (!(ceiling > 0) || !(floor > 0)) {
            throw new IllegalArgumentException("a rate of " + Math.min(ceiling, floor) + " a second");
        }
        this.ceiling = ceiling;
        this.floor = floor;
        this.cutPause = cutPause.toNanos();
        this.hold = hold.toNanos();
        top = ceiling;
        permits = isEndless() ? 0 : 1;
        filledAt = now;
        lastSecond = new LastSecond(now);
        cutAt = now - this.cutPause;
        suffered = now - this.hold - PRESENT;
        waitedUntil = now;
        ranOverAt = now - PRESENT;
        heldBackAt = now;
    }

    /**
     * A rate that is never above a ceiling and never cut below one a second.
     *
     * @param ceiling permits a second
     * @param cutPause how long after a cut what suffers says nothing new
     */
    public static AdaptiveRate under(double ceiling, Duration cutPause, long now) {
        return new AdaptiveRate(ceiling, 1, cutPause, Duration.ZERO, now);
    }

    /**
     * A rate without a limit as long as nothing suffers.
     *
     * @param floor permits a second that there are always
     * @param cutPause how long a cut takes to show its effect
     * @param hold how long after something has suffered the rate does not grow
     */
    public static AdaptiveRate unlimited(double floor, Duration cutPause, Duration hold, long now) {
        return new AdaptiveRate(Double.POSITIVE_INFINITY, floor, cutPause, hold, now);
    }

    /**
     * From now on at most so much of the ceiling.
     *
     * @param share 0 to 1
     */
    public void share(double share, long now) {
        if (!(share >= 0 && share <= 1) || !hasCeiling()) {
            throw new IllegalArgumentException("a share of " + share + " of " + ceiling);
        }
        fill(now);
        this.share = share;
        top = ceiling * share;
        // whoever has the rest may use it from now on, so that nothing saved up under a larger share is left
        permits = Math.min(permits, most());
    }

    /** Whether there was a permit, which is taken. */
    public boolean take(long now) {
        return take(1, now) == 1;
    }

    /**
     * Takes what may be had at once, and leaves as much as that to be waited for.
     *
     * @param wanted at least 1
     * @return how many; 0 where none may be taken yet
     */
    public int take(int wanted, long now) {
        fill(now);
        if (isEndless()) {
            return wanted;
        }
        long wait = isFlowing() ? untilPermit(now) : 1;
        if (wait > 0) {
            waitedUntil = now + PRESENT + wait;
            return 0;
        }
        int taken = (int) Math.max(1, Math.min(wanted, rate() * AT_ONCE_SECONDS));
        permits -= taken;
        if (hasCeiling()) {
            lastSecond.add(taken, now);
        }
        return taken;
    }

    /** Whether permits come without another share. */
    public boolean isFlowing() {
        return top > 0;
    }

    /** How long until there is a permit; only while it is flowing. */
    public Duration untilNext(long now) {
        fill(now);
        return isEndless() ? Duration.ZERO : Duration.ofNanos(untilPermit(now));
    }

    private long untilPermit(long now) {
        long filled = (long) Math.ceil(Math.max(0, 1 - permits) / rate() * NANOS);
        // one at least, however slow, since part of one is none
        return hasCeiling() ? Math.max(filled, lastSecond.untilAtMost(Math.max(1, Math.ceil(top)) - 1, now)) : filled;
    }

    /** Something suffers, under a ceiling. */
    public void cut(Cause cause, long now) {
        cut(cause, top * pace, now);
    }

    /**
     * Something suffers, or suffers still.
     *
     * @param measured what has been made use of lately, a second; a limit begins from there
     */
    public void cut(Cause cause, double measured, long now) {
        fill(now);
        boolean anew = now - suffered > hold;
        suffered = now;
        if (now - cutAt < cutPause || !isFlowing()) {
            return;
        }
        cutAt = now;
        this.cause = cause;
        if (!hasCeiling() && (isEndless() || anew)) {
            // a limit that has grown far beyond what is made use of would have to be cut many times to be felt
            top = Math.max(floor, Math.min(rate(), Math.max(START_AT_LEAST, measured)));
            pace = 1;
        }
        pace = Math.max(Math.min(floor / top, pace), pace * CUT);
        permits = Math.min(permits, 0);
    }

    /** Permits a second; endless where there is no limit. */
    public double current(long now) {
        fill(now);
        return rate();
    }

    /** What keeps somebody waiting at present, or is the cause of cuts that go on; empty where nothing does. */
    public Optional<Cause> limitedBy(long now) {
        fill(now);
        if (!isFlowing()) {
            return Optional.of(Cause.SHARE);
        }
        boolean waiting = isHoldingBack(now);
        if (isCut() && (waiting || now - suffered <= hold + PRESENT)) {
            return Optional.of(cause);
        }
        return waiting && hasCeiling() ? Optional.of(share < 1 ? Cause.SHARE : Cause.CEILING) : Optional.empty();
    }

    /**
     * Without a ceiling, whoever wants much at once, and little in all, waits for a moment without being held back: then
     * the bucket runs over in between. Under a ceiling that would be the timer's fault.
     */
    private boolean isHoldingBack(long now) {
        return now < waitedUntil && (hasCeiling() || now - ranOverAt >= PRESENT);
    }

    private boolean hasCeiling() {
        return ceiling < Double.POSITIVE_INFINITY;
    }

    private boolean isEndless() {
        return top == Double.POSITIVE_INFINITY;
    }

    private boolean isCut() {
        return hasCeiling() ? pace < 1 : !isEndless();
    }

    private double rate() {
        return top * pace;
    }

    private double most() {
        return isFlowing() ? Math.max(1, rate() * BURST_SECONDS) : 0;
    }

    private void fill(long now) {
        double seconds = Math.max(0, now - filledAt) / NANOS;
        double growing = Math.max(0, Math.min(now - filledAt, now - suffered - hold)) / NANOS;
        filledAt = Math.max(now, filledAt);
        if (isEndless()) {
            return;
        }
        pace += RECOVERY_PER_SECOND * growing * (hasCeiling() ? 1 : Math.max(1, START_AT_LEAST / top));
        if (hasCeiling()) {
            pace = Math.min(1, pace);
        } else if (pace >= 1 && now - suffered > LIFT.toNanos() && now - heldBackAt > LIFT.toNanos()) {
            top = ceiling;
            pace = 1;
            permits = 0;
            return;
        }
        permits += rate() * seconds;
        if (permits > most()) {
            permits = most();
            ranOverAt = now;
        }
        if (isHoldingBack(now)) {
            heldBackAt = now;
        }
    }
}
