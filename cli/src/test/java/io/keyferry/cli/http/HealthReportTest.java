package io.keyferry.cli.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.keyferry.model.StageHealth;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class HealthReportTest {

    private static HealthReport report(StageHealth sink, StageHealth snapshot) {
        return new HealthReport(new TreeMap<>(Map.of("sink", sink, "snapshot", snapshot)));
    }

    @Test
    void isLiveAndReadyWhereEveryStageIs() {
        HealthReport report = report(StageHealth.ready("applying"), StageHealth.ready("reading changes"));

        assertThat(report.live().up()).isTrue();
        assertThat(report.ready())
                .isEqualTo(new HealthReport.Answer(
                        true,
                        "{\"status\":\"up\",\"stages\":{"
                                + "\"sink\":{\"live\":true,\"ready\":true,\"detail\":\"applying\"},"
                                + "\"snapshot\":{\"live\":true,\"ready\":true,\"detail\":\"reading changes\"}}}"));
    }

    @Test
    void isLiveButNotReadyWhileOneStageWaits() {
        HealthReport report = report(StageHealth.waiting("a \"quoted\" reason"), StageHealth.ready("reading changes"));

        assertThat(report.live().up()).isTrue();
        assertThat(report.ready().up()).isFalse();
        assertThat(report.ready().json())
                .startsWith("{\"status\":\"down\"")
                .contains("{\"live\":true,\"ready\":false,\"detail\":\"a \\\"quoted\\\" reason\"}");
    }

    @Test
    void isNotLiveOnceOneStageHasFailed() {
        HealthReport report = report(StageHealth.ready("applying"), StageHealth.failed("it has failed"));

        assertThat(report.live().up()).isFalse();
        assertThat(report.live().json()).startsWith("{\"status\":\"down\"");
        assertThat(report.ready().up()).isFalse();
    }
}
