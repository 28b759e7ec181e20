package io.keyferry.cli.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import io.keyferry.cli.http.HealthReport;
import io.keyferry.model.Control;
import io.keyferry.model.StageHealth;
import io.keyferry.model.Steering;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class VerdictTest {

    private static final Steering PAUSED =
            Steering.NONE.with(new Control.Pause(true, "ada@laptop", Instant.parse("2026-01-02T03:04:05Z")));

    private static Verdict of(StageHealth sink, boolean started, Steering steering) {
        return Verdict.of(
                new HealthReport(Map.of("snapshot", StageHealth.ready("reading"), "sink", sink)),
                started,
                steering,
                Optional.empty());
    }

    @Test
    void whatHasFailedGoesBeforeEverything() {
        assertThat(of(StageHealth.failed("the key is disabled"), true, PAUSED))
                .isEqualTo(new Verdict(
                        Verdict.Level.FAILED, "A stage has failed, and this run ends: sink: the key is disabled"));
    }

    @Test
    void aPauseIsNoTrouble() {
        Verdict verdict = of(StageHealth.ready("paused"), true, PAUSED);

        assertThat(verdict.level()).isEqualTo(Verdict.Level.PAUSED);
        assertThat(verdict.text()).contains("ada@laptop", "2026-01-02T03:04:05Z");
    }

    @Test
    void whatWaitsIsSaid() {
        StageHealth waiting = StageHealth.waiting("the database does not answer");

        assertThat(of(waiting, true, Steering.NONE))
                .isEqualTo(new Verdict(Verdict.Level.WAITING, "sink: the database does not answer"));
        assertThat(of(waiting, false, Steering.NONE).level()).isEqualTo(Verdict.Level.STARTING);
    }

    @Test
    void isWellWhereEveryStageIs() {
        assertThat(of(StageHealth.ready("applying"), true, Steering.NONE).level())
                .isEqualTo(Verdict.Level.WELL);
        assertThat(Verdict.Level.CAUGHT_UP.word()).isEqualTo("caught-up");
    }
}
