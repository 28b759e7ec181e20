package io.keyferry.kms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class AdaptiveRateTest {

    private static final long MILLISECOND = 1_000_000;
    private static final long SECOND = 1000 * MILLISECOND;

    private final AdaptiveRate rate = new AdaptiveRate(1000, 0);

    @Test
    void givesTheCeilingAndNoMoreOverALongTime() {
        assertThat(taken(0, 10 * SECOND)).isBetween(9_990L, 10_001L);
    }

    @Test
    void makesUpForNoMoreThanFiftyMillisecondsAfterAPause() {
        assertThat(taken(60 * SECOND, 60 * SECOND)).isEqualTo(50);
    }

    @Test
    void isCutOnceHoweverManyCallsOfOneMomentAreThrottled() {
        for (int i = 0; i < 500; i++) {
            rate.throttled(i * MILLISECOND / 10);
        }

        assertThat(rate.current(50 * MILLISECOND)).isCloseTo(700, within(5.0));
    }

    @Test
    void isCutAgainWhileThrottlingLasts() {
        rate.throttled(0);
        rate.throttled(200 * MILLISECOND);
        rate.throttled(400 * MILLISECOND);

        assertThat(rate.current(400 * MILLISECOND)).isBetween(343.0, 370.0);
    }

    @Test
    void growsBackToTheCeilingAndNotBeyond() {
        rate.throttled(0);

        assertThat(rate.current(2 * SECOND)).isCloseTo(800, within(1.0));
        assertThat(rate.current(60 * SECOND)).isEqualTo(1000);
    }

    @Test
    void neverStopsAltogether() {
        for (long now = 0; now < 60 * SECOND; now += 200 * MILLISECOND) {
            rate.throttled(now);
        }

        assertThat(rate.current(60 * SECOND)).isGreaterThanOrEqualTo(1);
        assertThat(taken(60 * SECOND, 62 * SECOND)).isPositive();
    }

    @Test
    void letsNothingThroughRightAfterACut() {
        rate.throttled(SECOND);

        assertThat(rate.take(SECOND)).isFalse();
        assertThat(rate.untilNext(SECOND).toNanos()).isBetween(MILLISECOND, 2 * MILLISECOND);
    }

    private long taken(long from, long to) {
        long taken = 0;
        for (long now = from; now <= to; now += MILLISECOND) {
            while (rate.take(now)) {
                taken++;
            }
        }
        return taken;
    }
}
