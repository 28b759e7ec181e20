package io.keyferry.cli.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.keyferry.cli.terminal.UsageException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReplayFromTest {

    private static final List<String> NONE = List.of();

    @Test
    void readsATimeWithAndWithoutAZone() {
        assertThat(ReplayFrom.parse(false, "2026-01-02T03:04:05.678", NONE))
                .isEqualTo(new ReplayFrom.DateTime(Instant.parse("2026-01-02T03:04:05.678Z")));
        assertThat(ReplayFrom.parse(false, "2026-01-02T03:04:05+01:00", NONE))
                .isEqualTo(new ReplayFrom.DateTime(Instant.parse("2026-01-02T02:04:05Z")));
    }

    @Test
    void readsOffsetsOfSeveralPartitions() {
        assertThat(ReplayFrom.parse(false, null, List.of("a.b:1:20", "a.b:0:7")))
                .isEqualTo(new ReplayFrom.Offsets(
                        Map.of(new TopicPartition("a.b", 0), 7L, new TopicPartition("a.b", 1), 20L)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"x", "a:b:1", "a:1", "a:1:x", ""})
    void refusesWhatIsNoOffset(String text) {
        assertThatThrownBy(() -> ReplayFrom.parse(false, null, List.of(text)))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("TOPIC:PARTITION:OFFSET");
    }

    @Test
    void wantsToBeToldExactlyOnce() {
        assertThatThrownBy(() -> ReplayFrom.parse(false, null, NONE)).isInstanceOf(UsageException.class);
        assertThatThrownBy(() -> ReplayFrom.parse(true, "2026-01-02T03:04:05", NONE))
                .isInstanceOf(UsageException.class);
        assertThatThrownBy(() -> ReplayFrom.parse(false, null, List.of("a:0:1", "a:0:2")))
                .hasMessageContaining("twice");
        assertThatThrownBy(() -> ReplayFrom.parse(false, "yesterday", NONE)).hasMessageContaining("yesterday");
    }
}
