package io.keyferry.cli.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class RateHistoryTest {

    private static final Instant BEGIN = Instant.parse("2026-01-02T03:04:05Z");

    private final RateHistory history = new RateHistory();

    private void after(int seconds, long values, long requests, String limit) {
        history.update(
                BEGIN.plusSeconds(seconds),
                new RateHistory.Totals(TimeUnit.SECONDS.toNanos(seconds), values, values / 2, requests, requests / 10),
                400,
                limit);
    }

    @Test
    void ratesAreThoseOfTheFiveSecondsBefore() {
        after(0, 1_000_000, 500, "");
        after(1, 1_000_400, 900, "");
        after(4, 1_001_600, 2100, "ceiling");
        assertThat(history.samples()).isEmpty();

        after(5, 1_002_000, 2500, "ceiling");
        after(10, 1_002_000, 2500, "paused");

        assertThat(history.samples())
                .containsExactly(
                        new RateHistory.Sample(BEGIN.plusSeconds(5), 400, 200, 400, 40, 400, "ceiling"),
                        new RateHistory.Sample(BEGIN.plusSeconds(10), 0, 0, 0, 0, 400, "paused"));
    }

    @Test
    void aReplayThatTakesOutcomesBackIsNoNegativeRate() {
        after(0, 1000, 0, "");
        after(5, 200, 0, "");

        assertThat(history.samples().get(0).values()).isZero();
    }

    @Test
    void keepsTheLastHourAndNoMore() {
        for (int seconds = 0; seconds <= 2 * 3600; seconds++) {
            after(seconds, seconds * 100L, seconds, "");
        }

        List<RateHistory.Sample> samples = history.samples();
        assertThat(samples).hasSize(720);
        assertThat(samples.get(0).at()).isEqualTo(BEGIN.plusSeconds(3605));
        assertThat(samples.get(719).at()).isEqualTo(BEGIN.plusSeconds(7200));
        assertThat(samples).allMatch(sample -> sample.values() == 100);
    }
}
