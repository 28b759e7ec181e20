package io.keyferry.sink;

import static org.assertj.core.api.Assertions.assertThat;

import io.keyferry.model.StageHealth;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class SinkActivityTest {

    private final AtomicLong nanos = new AtomicLong();
    private final SinkActivity activity = new SinkActivity(nanos::get);

    private void pass(Duration time) {
        nanos.addAndGet(time.toNanos());
    }

    @Test
    void isReadyOnceItHasJoinedItsGroupWithPartitionsOrWithout() {
        assertThat(activity.health()).isEqualTo(StageHealth.waiting("starting"));

        activity.connects();
        activity.comesRound(false, 0);
        assertThat(activity.health()).isEqualTo(StageHealth.waiting("joining its group"));

        activity.comesRound(true, 0);
        assertThat(activity.health()).isEqualTo(StageHealth.ready("applying the journal of 0 partitions"));
    }

    @Test
    void isNotReadyWhileAStepLastsAndSaysWhich() {
        activity.comesRound(true, 8);
        activity.begins("writing 12 rewrites to the database");

        pass(Duration.ofSeconds(14));
        assertThat(activity.health().ready()).isTrue();
        pass(Duration.ofSeconds(6));
        assertThat(activity.health()).isEqualTo(StageHealth.waiting("writing 12 rewrites to the database, for 20 s"));

        activity.comesRound(true, 8);
        assertThat(activity.health().ready()).isTrue();
    }

    @Test
    void isNotReadyFromALostConnectionUntilItHasComeRoundWithAnotherOne() {
        activity.comesRound(true, 8);
        activity.trouble("sink", "lost its connection");
        activity.trouble("sweep", "lost its connection");
        assertThat(activity.health())
                .isEqualTo(StageHealth.waiting("sink: lost its connection; sweep: lost its connection"));

        activity.well("sweep");
        activity.connects();
        activity.well("sink");
        assertThat(activity.health().ready()).isFalse();

        activity.comesRound(true, 8);
        assertThat(activity.health().ready()).isTrue();
    }
}
