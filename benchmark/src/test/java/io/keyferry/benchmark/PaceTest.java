package io.keyferry.benchmark;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PaceTest {

    @Test
    void isDueAtTheSameMomentsHoweverLateItIsAsked() {
        Pace pace = new Pace(500, 1_000);

        assertThat(IntStream.range(0, 3).mapToLong(i -> pace.take()).toArray())
                .containsExactly(1_000, 2_001_000, 4_001_000);
    }

    @Test
    void keepsARateWhoseIntervalIsNoWholeNumberOfNanoseconds() {
        Pace pace = new Pace(3, 0);

        long last = IntStream.range(0, 3_001).mapToLong(i -> pace.take()).max().orElseThrow();

        assertThat(last).isEqualTo(1_000_000_000_000L);
    }
}
