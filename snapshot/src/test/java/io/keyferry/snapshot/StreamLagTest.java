package io.keyferry.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class StreamLagTest {

    private static final long SECOND = Duration.ofSeconds(1).toNanos();

    private final StreamLag lag = new StreamLag();

    @Test
    void isTheAgeOfTheOldestPositionThatHasNotBeenHandedOn() {
        assertThat(lag.measure(100, 0, 0)).isZero();
        assertThat(lag.measure(200, 50, SECOND)).isEqualTo(Duration.ofSeconds(1));
        assertThat(lag.measure(300, 100, 3 * SECOND)).isEqualTo(Duration.ofSeconds(2));
        assertThat(lag.measure(300, 300, 4 * SECOND)).isZero();
    }
}
