package io.keyferry.benchmark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class AdvanceTest {

    private static final long SECOND = 1_000_000_000;

    private final Advance advance = new Advance(100);

    @Test
    void countsFromTheFirstLookThatSawSomethingDone() {
        advance.seen(0, 0);
        advance.seen(50 * SECOND, 10);
        advance.seen(52 * SECOND, 60);
        advance.seen(54 * SECOND, 100);
        advance.seen(60 * SECOND, 100);

        assertThat(advance.sharePerSecond(0)).isCloseTo(0.9 / 4, within(1e-9));
    }

    @Test
    void leavesOutWhatCameBeforeItWasWarm() {
        advance.seen(0, 1);
        advance.seen(8 * SECOND, 20);
        advance.seen(10 * SECOND, 40);
        advance.seen(12 * SECOND, 100);

        assertThat(advance.sharePerSecond(0.2)).isCloseTo(0.6 / 2, within(1e-9));
    }

    @Test
    void isPastAShareOnceMoreThanThatIsDone() {
        advance.seen(0, 5);
        assertThat(advance.isPast(0.05)).isFalse();
        assertThat(advance.isPast(0)).isTrue();

        advance.seen(1, 6);
        assertThat(advance.isPast(0.05)).isTrue();
    }

    @Test
    void hasNoRateWhereNotAllWasSeenDone() {
        advance.seen(0, 1);
        advance.seen(SECOND, 99);

        assertThat(advance.isOver()).isFalse();
        assertThatThrownBy(() -> advance.sharePerSecond(0)).isInstanceOf(BenchmarkException.class);
    }
}
