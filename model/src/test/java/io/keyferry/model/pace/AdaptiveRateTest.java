package io.keyferry.model.pace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class AdaptiveRateTest {

    private static final long MILLISECOND = 1_000_000;
    private static final long SECOND = 1000 * MILLISECOND;

    private final AdaptiveRate rate = ceiling(1000);

    @Test
    void givesTheCeilingAndNoMoreOverALongTime() {
        assertThat(taken(0, 10 * SECOND)).isBetween(9_980L, 10_000L);
    }

    @Test
    void staysWithinTheCeilingInEverySecondAndStillMakesUpForPauses() {
        SplittableRandom random = new SplittableRandom(11);
        List<Long> taken = new ArrayList<>();
        long end = 60 * SECOND;

        for (long now = 0; now < end; now += MILLISECOND) {
            if (random.nextInt(500) == 0) {
                // whoever asks is late, as on a busy machine
                now += random.nextInt(40) * MILLISECOND;
            }
            while (rate.take(now)) {
                taken.add(now);
            }
        }

        for (int last = 1000; last < taken.size(); last++) {
            assertThat(taken.get(last) - taken.get(last - 1000)).isGreaterThanOrEqualTo(SECOND);
        }
        assertThat(taken).hasSizeGreaterThan(58_800);
    }

    @Test
    void makesUpForNoMoreThanFiftyMillisecondsAfterAPause() {
        assertThat(taken(60 * SECOND, 60 * SECOND)).isEqualTo(50);
    }

    @Test
    void isCutOnceHoweverManyCallsOfOneMomentAreThrottled() {
        for (int i = 0; i < 500; i++) {
            rate.cut(Cause.KMS_THROTTLING, i * MILLISECOND / 10);
        }

        assertThat(rate.current(50 * MILLISECOND)).isCloseTo(700, within(5.0));
    }

    @Test
    void isCutAgainWhileThrottlingLasts() {
        rate.cut(Cause.KMS_THROTTLING, 0);
        rate.cut(Cause.KMS_THROTTLING, 200 * MILLISECOND);
        rate.cut(Cause.KMS_THROTTLING, 400 * MILLISECOND);

        assertThat(rate.current(400 * MILLISECOND)).isBetween(343.0, 370.0);
    }

    @Test
    void growsBackToTheCeilingAndNotBeyond() {
        rate.cut(Cause.KMS_THROTTLING, 0);

        assertThat(rate.current(2 * SECOND)).isCloseTo(800, within(1.0));
        assertThat(rate.current(60 * SECOND)).isEqualTo(1000);
    }

    @Test
    void neverStopsAltogether() {
        for (long now = 0; now < 60 * SECOND; now += 200 * MILLISECOND) {
            rate.cut(Cause.KMS_THROTTLING, now);
        }

        assertThat(rate.current(60 * SECOND)).isGreaterThanOrEqualTo(1);
        assertThat(taken(60 * SECOND, 62 * SECOND)).isPositive();
    }

    @Test
    void letsNothingThroughRightAfterACut() {
        rate.cut(Cause.KMS_THROTTLING, SECOND);

        assertThat(rate.take(SECOND)).isFalse();
        assertThat(rate.untilNext(SECOND).toNanos()).isBetween(MILLISECOND, 2 * MILLISECOND);
    }

    @Test
    void givesItsShareOfTheCeilingAndNothingWithoutOne() {
        rate.share(0.25, 0);
        assertThat(taken(0, 4 * SECOND)).isBetween(996L, 1000L);

        rate.share(0, 4 * SECOND);
        assertThat(taken(4 * SECOND, 60 * SECOND)).isZero();

        rate.share(1, 60 * SECOND);
        assertThat(taken(60 * SECOND, 62 * SECOND)).isBetween(1996L, 2000L);
    }

    @Test
    void keepsWhatThrottlingHasTaughtItUnderAnotherShare() {
        rate.cut(Cause.KMS_THROTTLING, 0);

        rate.share(0.5, 0);

        assertThat(rate.current(0)).isEqualTo(350);
        assertThat(rate.current(60 * SECOND)).isEqualTo(500);
    }

    @Test
    void goesOnUnderAShareOfLessThanOneASecond() {
        rate.share(0.0005, 0);

        assertThat(taken(0, 20 * SECOND)).isBetween(10L, 11L);
        rate.cut(Cause.KMS_THROTTLING, 20 * SECOND);
        assertThat(rate.current(20 * SECOND)).isEqualTo(0.5);
    }

    /** Each task counts in one instance, or in none while it moves, as they do in a group. */
    @Test
    void severalWithSharesOfOneCeilingStayWithinItTogetherHoweverTheSharesMove() {
        SplittableRandom random = new SplittableRandom(7);
        int tasks = 8;
        List<AdaptiveRate> instances = List.of(rate, ceiling(1000), ceiling(1000));
        int[] held = {8, 0, 0};
        List<Long> taken = new ArrayList<>();
        int moving = 0;
        for (int i = 0; i < 3; i++) {
            instances.get(i).share(held[i] / (double) tasks, 0);
        }

        for (long now = 0; now < 60 * SECOND; now += MILLISECOND) {
            if (random.nextInt(50) == 0) {
                int instance = random.nextInt(3);
                if (moving > 0 && random.nextBoolean()) {
                    moving--;
                    held[instance]++;
                } else if (held[instance] > 0) {
                    held[instance]--;
                    moving++;
                }
                instances.get(instance).share(held[instance] / (double) tasks, now);
            }
            for (AdaptiveRate instance : instances) {
                // now and then one that does not ask saves up
                while (random.nextInt(20) > 0 && instance.take(now)) {
                    taken.add(now);
                }
            }
        }

        for (int first = 0, last = 0; last < taken.size(); last++) {
            while (taken.get(last) - taken.get(first) >= SECOND) {
                first++;
            }
            assertThat(last - first + 1).isLessThanOrEqualTo(1000 + 50 + 3);
        }
        assertThat(taken.size()).isGreaterThan(20_000);
    }

    @Test
    void tellsThatNothingLimitsAsLongAsNobodyWaits() {
        for (long now = 0; now < 5 * SECOND; now += 10 * MILLISECOND) {
            assertThat(rate.take(now)).isTrue();
            assertThat(rate.limitedBy(now)).isEmpty();
        }
    }

    @Test
    void tellsOfTheCeilingOrOfItsShareWhereSomebodyWaitsAndOfTheCauseOfACutUntilItIsMadeUpFor() {
        taken(0, SECOND);
        assertThat(rate.limitedBy(SECOND)).contains(Cause.CEILING);

        rate.cut(Cause.KMS_THROTTLING, SECOND);
        taken(SECOND, 6 * SECOND);
        assertThat(rate.limitedBy(6 * SECOND)).contains(Cause.KMS_THROTTLING);

        taken(6 * SECOND, 8 * SECOND);
        assertThat(rate.limitedBy(8 * SECOND)).contains(Cause.CEILING);

        rate.share(0.5, 8 * SECOND);
        taken(8 * SECOND, 9 * SECOND);
        assertThat(rate.limitedBy(9 * SECOND)).contains(Cause.SHARE);
        assertThat(rate.limitedBy(12 * SECOND)).isEmpty();
    }

    @Test
    void staysNearTheLimitOfAServerThatThrottlesAndBelowItsCeiling() {
        int quota = 600;
        long served = 0;
        long throttled = 0;
        for (long second = 0; second < 120; second++) {
            long inThisSecond = 0;
            for (long now = second * SECOND; now < (second + 1) * SECOND; now += MILLISECOND) {
                while (rate.take(now)) {
                    if (++inThisSecond > quota) {
                        rate.cut(Cause.KMS_THROTTLING, now);
                        throttled++;
                    } else {
                        served++;
                    }
                }
            }
            assertThat(inThisSecond).isLessThanOrEqualTo(1000 + 50);
        }

        assertThat(served / 120).isBetween(quota * 85L / 100, (long) quota);
        assertThat(throttled).isLessThan(served / 20);
    }

    private static AdaptiveRate ceiling(double ceiling) {
        return AdaptiveRate.under(ceiling, Duration.ofMillis(200), 0);
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
