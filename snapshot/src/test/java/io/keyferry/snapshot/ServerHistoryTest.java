package io.keyferry.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class ServerHistoryTest {

    private static final ServerHistory PROMOTED_TWICE = new ServerHistory("1", 3, Map.of(1L, 100L, 2L, 200L));

    private static ServerHistory noted(String systemIdentifier, long timeline) {
        return new ServerHistory(systemIdentifier, timeline, Map.of());
    }

    @Test
    void goesOnWhereTheHistoryContainsThePosition() {
        assertThat(PROMOTED_TWICE.obstacle(noted("1", 3), 999)).isEmpty();
        assertThat(PROMOTED_TWICE.obstacle(noted("1", 2), 200)).isEmpty();
        assertThat(PROMOTED_TWICE.obstacle(noted("1", 1), 99)).isEmpty();
    }

    @Test
    void tellsAPositionThatTheServerNeverHad() {
        assertThat(PROMOTED_TWICE.obstacle(noted("1", 1), 101))
                .hasValueSatisfying(why -> assertThat(why).contains("left timeline 1 at 0/64, before 0/65"));
        assertThat(PROMOTED_TWICE.obstacle(noted("1", 4), 50)).isPresent();
        assertThat(PROMOTED_TWICE.obstacle(noted("2", 3), 50))
                .hasValueSatisfying(why -> assertThat(why).contains("another server"));
    }
}
