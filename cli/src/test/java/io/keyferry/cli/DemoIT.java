package io.keyferry.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(300)
class DemoIT {

    @Test
    void theDemoProvesThatNothingWasLostUnderLiveWrites(@TempDir Path folder) throws Exception {
        try (KeyferryProcess demo = KeyferryProcess.start(
                folder, Map.of(), "demo", "--rows", "2000", "--live-writes-per-second", "100", "--json")) {
            assertThat(demo.exitCode()).as(demo.err()).isZero();

            JsonNode figures = new ObjectMapper().readTree(demo.out());
            assertThat(figures.path("undecryptable").asLong()).isZero();
            assertThat(figures.path("lostWrites").asLong()).isZero();
            assertThat(figures.path("remaining").asLong()).isZero();
            assertThat(figures.path("liveWrites").asLong()).isPositive();
            assertThat(figures.path("rows").asLong()).isGreaterThan(1500);
            long settled = 0;
            for (JsonNode outcome : figures.path("outcomes")) {
                settled += outcome.asLong();
            }
            assertThat(settled).isEqualTo(figures.path("values").asLong());
            assertThat(demo.err()).contains("decrypted in us-east-1");
        }
    }
}
