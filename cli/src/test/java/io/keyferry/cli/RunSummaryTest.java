package io.keyferry.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.keyferry.kms.KmsMetrics;
import io.keyferry.model.Counts;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RunSummaryTest {

    private static ObjectNode json(Optional<Map<String, Long>> remaining) {
        return new RunSummary(
                        "customers",
                        "under-way",
                        0,
                        Counts.NONE,
                        remaining,
                        0,
                        new KmsMetrics(0, 0, 0, 0),
                        Duration.ZERO)
                .json();
    }

    @Test
    void doesNotClaimThatNothingRemainsWhereNoSweepHasLooked() {
        ObjectNode unknown = json(Optional.empty());

        assertThat(unknown.path("remaining").isNull()).isTrue();
        assertThat(unknown.path("remainingByColumn").isNull()).isTrue();
    }

    @Test
    void sumsWhatRemainsInTheColumns() {
        ObjectNode found = json(Optional.of(Map.of("public.a.x", 2L, "public.a.y", 3L)));

        assertThat(found.path("remaining").asLong()).isEqualTo(5);
        assertThat(found.path("remainingByColumn").path("public.a.y").asLong()).isEqualTo(3);
        assertThat(json(Optional.of(Map.of())).path("remaining").toString()).isEqualTo("0");
    }
}
