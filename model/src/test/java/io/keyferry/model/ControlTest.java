package io.keyferry.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ControlTest {

    private static final Instant AT = Instant.parse("2026-01-02T03:04:05Z");

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static Control readBack(Control control) {
        return Control.read(control.key(), control.value());
    }

    @Test
    void isWrittenAsItsFormatSaysAndReadBackTheSame() {
        Control pause = new Control.Pause(true, "ada@laptop", AT);
        Control throttle = new Control.Throttle(OptionalInt.of(50), "ada@laptop", AT);
        Control off = new Control.Throttle(OptionalInt.empty(), "ada@laptop", AT);

        assertThat(pause.key()).asString().isEqualTo("{\"kind\":\"pause\"}");
        assertThat(pause.value())
                .asString()
                .isEqualTo("{\"v\":1,\"by\":\"ada@laptop\",\"at\":\"2026-01-02T03:04:05Z\",\"paused\":true}");
        assertThat(throttle.key()).asString().isEqualTo("{\"kind\":\"throttle\"}");
        assertThat(throttle.value()).asString().endsWith("\"maxRequestsPerSecond\":50}");
        assertThat(readBack(pause)).isEqualTo(pause);
        assertThat(readBack(throttle)).isEqualTo(throttle);
        assertThat(readBack(off)).isEqualTo(off);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "nothing",
                "{\"v\":1}",
                "{\"v\":1,\"by\":\"ada\",\"at\":\"2026-01-02T03:04:05Z\"}",
                "{\"v\":1,\"by\":\"ada\",\"at\":\"yesterday\",\"paused\":true}",
                "{\"v\":1,\"by\":\"ada\",\"at\":\"2026-01-02T03:04:05Z\",\"paused\":\"true\"}",
                "{\"v\":2,\"by\":\"ada\",\"at\":\"2026-01-02T03:04:05Z\",\"paused\":true}"
            })
    void whatIsNoPauseIsRefused(String value) {
        assertThatThrownBy(() -> Control.read(bytes("{\"kind\":\"pause\"}"), bytes(value)))
                .isInstanceOf(KeyFerryException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-5", "1.5", "\"10\"", "99999999999"})
    void whatIsNoRateIsRefused(String rate) {
        assertThatThrownBy(() -> Control.read(
                        bytes("{\"kind\":\"throttle\"}"),
                        bytes("{\"v\":1,\"by\":\"ada\",\"at\":\"2026-01-02T03:04:05Z\",\"maxRequestsPerSecond\":" + rate
                                + "}")))
                .isInstanceOf(UnreadableRecordException.class);
    }

    @Test
    void anotherKindIsRefused() {
        assertThatThrownBy(() -> Control.read(
                        bytes("{\"kind\":\"stop\"}"),
                        bytes("{\"v\":1,\"by\":\"ada\",\"at\":\"2026-01-02T03:04:05Z\"}")))
                .isInstanceOf(UnreadableRecordException.class);
    }

    @Test
    void theNewestOfEachKindHolds() {
        Steering steering = Steering.NONE
                .with(new Control.Pause(true, "ada@laptop", AT))
                .with(new Control.Throttle(OptionalInt.of(50), "bob@desk", AT));

        assertThat(steering.isPaused()).isTrue();
        assertThat(steering.ceiling(2000)).isEqualTo(50);
        assertThat(steering.words().orElseThrow())
                .isEqualTo("paused by ada@laptop since 2026-01-02T03:04:05Z,"
                        + " and throttled to 50 requests/s by bob@desk since 2026-01-02T03:04:05Z");

        Steering resumed = steering.with(new Control.Pause(false, "ada@laptop", AT));
        assertThat(resumed.isPaused()).isFalse();
        assertThat(resumed.ceiling(2000)).isEqualTo(50);
        assertThat(resumed.with(new Control.Throttle(OptionalInt.empty(), "bob@desk", AT)))
                .isEqualTo(Steering.NONE);
    }

    @Test
    void aThrottleNeverRaisesWhatTheConfigurationAllows() {
        assertThat(Steering.NONE
                        .with(new Control.Throttle(OptionalInt.of(5000), "ada@laptop", AT))
                        .ceiling(2000))
                .isEqualTo(2000);
    }
}
