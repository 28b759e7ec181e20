package io.keyferry.cli.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class HeadwayTest {

    private static final long SECOND = 1_000_000_000;

    @Test
    void saysWhatIsDoneHowFastAndHowLongTheRestTakes() {
        Headway headway = new Headway(OptionalLong.of(4000), true);

        assertThat(headway.words(0, 0)).isEqualTo("░".repeat(24) + "   0%  0 values, 0/s");
        assertThat(headway.words(1000, 10 * SECOND))
                .isEqualTo("█".repeat(6) + "░".repeat(18) + "  25%  1,000 values, 100/s, 30 s left");
        assertThat(headway.words(5000, 20 * SECOND))
                .as("more than was thought, at the rate of the last ten seconds")
                .isEqualTo("█".repeat(24) + " 100%  5,000 values, 400/s");
    }

    @Test
    void hasNoBarWithoutATerminalAndNoPartWithoutATotal() {
        assertThat(new Headway(OptionalLong.of(0), false).words(0, 0)).isEqualTo("100%  0 values, 0/s");
        assertThat(new Headway(OptionalLong.empty(), true).words(7, 0)).isEqualTo("7 values, 0/s");
    }
}
