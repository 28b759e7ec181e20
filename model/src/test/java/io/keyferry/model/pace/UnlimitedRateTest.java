package io.keyferry.model.pace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A rate without a ceiling, as the sink has it. */
class UnlimitedRateTest {

    private static final long MILLISECOND = 1_000_000;
    private static final long SECOND = 1000 * MILLISECOND;
    private static final double FLOOR = 10;

    private final AdaptiveRate rate = AdaptiveRate.unlimited(FLOOR, Duration.ofSeconds(3), Duration.ofSeconds(2), 0);

    @Test
    void givesAllThatIsWantedUntilSomethingSuffers() {
        assertThat(rate.take(1_000_000, 0)).isEqualTo(1_000_000);
        assertThat(rate.untilNext(0)).isZero();
        assertThat(rate.current(0)).isInfinite();
        assertThat(rate.limitedBy(0)).isEmpty();
    }

    @Test
    void isCutFromWhatWasMeasuredAndThenFromWhatIsAllowed() {
        rate.cut(Cause.REPLICA_LAG, 5000, SECOND);
        assertThat(rate.current(SECOND)).isEqualTo(3500);
        assertThat(rate.limitedBy(SECOND)).contains(Cause.REPLICA_LAG);

        rate.cut(Cause.SLOT_WAL, 5000, 2 * SECOND);
        rate.cut(Cause.SLOT_WAL, 5000, 3 * SECOND);
        assertThat(rate.current(3 * SECOND)).as("within the pause").isEqualTo(3500);
        assertThat(rate.limitedBy(3 * SECOND)).contains(Cause.REPLICA_LAG);

        rate.cut(Cause.SLOT_WAL, 5000, 4 * SECOND);
        assertThat(rate.current(4 * SECOND)).isCloseTo(2450, within(0.1));
        assertThat(rate.limitedBy(4 * SECOND)).contains(Cause.SLOT_WAL);
    }

    @Test
    void goesDownToTheFloorAndNeverToNothingWhileItsCauseLasts() {
        double before = Double.POSITIVE_INFINITY;
        for (long second = 0; second < 200; second++) {
            rate.cut(Cause.LOCK_WAITS, 10_000, second * SECOND);
            double now = rate.current(second * SECOND);
            assertThat(now).isLessThanOrEqualTo(before);
            before = now;
        }

        assertThat(before).isCloseTo(FLOOR, within(0.001));
        assertThat(taken(200, 210)).isGreaterThan(0);
    }

    @Test
    void growsByFivePercentOfWhereTheTroubleBeganOnceItIsOver() {
        for (long second = 0; second <= 6; second++) {
            rate.cut(Cause.REPLICA_LAG, 1000, second * SECOND);
        }
        assertThat(rate.current(8 * SECOND)).isCloseTo(343, within(1.0));

        assertThat(rate.current(12 * SECOND)).isCloseTo(343 + 4 * 50, within(1.0));
    }

    @Test
    void isLimitedAsLongAsSomebodyWaitsAndNoLongerOnceNobodyDoes() {
        rate.cut(Cause.REPLICA_LAG, 1000, 0);
        for (long second = 0; second < 60; second++) {
            taken(second, second + 1);
        }
        assertThat(rate.limitedBy(60 * SECOND)).contains(Cause.REPLICA_LAG);
        assertThat(rate.current(60 * SECOND)).isBetween(3000.0, 4000.0);

        assertThat(rate.current(72 * SECOND)).isInfinite();
        assertThat(rate.limitedBy(72 * SECOND)).isEmpty();
    }

    @Test
    void startsNoLowerThanWhatHardlyMoves() {
        rate.cut(Cause.REPLICA_LAG, 0, 0);

        assertThat(rate.current(0)).isEqualTo(70);
    }

    @Test
    void givesAQuarterOfASecondsWorthAtOnceAndThenHasItWaitedFor() {
        rate.cut(Cause.REPLICA_LAG, 4000, 0);
        assertThat(rate.take(2000, 0)).as("right after a cut").isZero();

        long now = rate.untilNext(0).toNanos();
        assertThat(rate.take(2000, now)).isEqualTo(700);
        assertThat(rate.take(2000, now)).isZero();
        assertThat(rate.untilNext(now)).isBetween(Duration.ofMillis(249), Duration.ofMillis(251));
    }

    /** A replica that applies so many rows a second, and has 10 s of them in arrears before it counts. */
    @Test
    void findsWhatAReplicaCanBearAndKeepsNearIt() {
        int capacity = 1000;
        double behind = 0;
        double worst = 0;
        List<Long> settled = new ArrayList<>();
        long before = 8_000;
        for (long second = 0; second < 900; second++) {
            if (behind / capacity > 10) {
                rate.cut(Cause.REPLICA_LAG, before, second * SECOND);
            }
            before = Math.min(8_000, taken(second, second + 1));
            behind = Math.max(0, behind + before - capacity);
            if (second >= 300) {
                settled.add(before);
                worst = Math.max(worst, behind / capacity);
            }
        }

        assertThat(settled.stream().mapToLong(Long::longValue).average().orElseThrow())
                .as("of what the replica can bear")
                .isBetween(700.0, 1050.0);
        assertThat(settled).as("the sawtooth").allMatch(rows -> rows >= FLOOR && rows <= 2000);
        assertThat(worst).as("seconds behind").isLessThan(16);
    }

    /** Several sinks with the same signals: their sum is what one of them would find. */
    @Test
    void threeTogetherFindWhatAReplicaCanBear() {
        int capacity = 1000;
        List<AdaptiveRate> sinks = new ArrayList<>();
        List<Long> before = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            sinks.add(AdaptiveRate.unlimited(FLOOR, Duration.ofSeconds(3), Duration.ofSeconds(2), 0));
            before.add(0L);
        }
        double behind = 0;
        double moved = 0;
        for (long second = 0; second < 900; second++) {
            boolean over = behind / capacity > 10;
            double inThisSecond = 0;
            for (int i = 0; i < 3; i++) {
                if (over) {
                    sinks.get(i).cut(Cause.REPLICA_LAG, before.get(i), second * SECOND);
                }
                before.set(i, Math.min(3_000, taken(sinks.get(i), second, second + 1)));
                inThisSecond += before.get(i);
            }
            behind = Math.max(0, behind + inThisSecond - capacity);
            moved += second >= 300 ? inThisSecond : 0;
            assertThat(behind / capacity).as("after " + second + " s").isLessThan(second < 300 ? 120 : 20);
        }

        assertThat(moved / 600).isBetween(700.0, 1050.0);
    }

    private long taken(long from, long to) {
        return taken(rate, from, to);
    }

    private static long taken(AdaptiveRate rate, long fromSecond, long toSecond) {
        long taken = 0;
        for (long now = fromSecond * SECOND; now < toSecond * SECOND; now += 10 * MILLISECOND) {
            int more = rate.take(1000, now);
            while (more > 0 && more < 1000) {
                taken += more;
                more = rate.take(1000, now);
            }
            taken += more;
        }
        return taken;
    }
}
