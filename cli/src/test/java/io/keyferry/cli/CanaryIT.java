package io.keyferry.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.keyferry.cli.PipelineBench.Place;
import io.keyferry.sandbox.SandboxPostgres;
import io.keyferry.servers.Servers;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code keyferry run --canary}: a few rows go before all others. */
@Timeout(240)
class CanaryIT {

    private static final int ROWS = 30;

    @TempDir
    private Path folder;

    @Test
    void movesAFewRowsAndNoOtherPausesAndShowsThemVerifiedInEveryRegion() throws Exception {
        try (SandboxPostgres postgres = Servers.postgres();
                PipelineBench bench = new PipelineBench()) {
            Place place = Place.of(postgres);
            bench.createTable(place, "birds", ROWS);
            // the second row cannot be moved
            place.sql("UPDATE birds SET secret = '" + bench.encrypted("x", Map.of("of", "another")) + "' WHERE id = 2");
            bench.migrationFile(folder, "migration", place, "birds", Optional.of(bench.bootstrapServers()));
            Operator operator = new Operator(folder, bench.environment(place));
            assertThat(operator.says("run", "--canary", "0").code()).isEqualTo(2);
            assertThat(operator.says("run", "--canary", "3", "--until-done").code())
                    .isEqualTo(2);

            Operator.Said first = operator.says("run", "--canary", "3", "--timeout", "90s", "--json");

            assertThat(first.code()).as(first.err()).isEqualTo(1);
            JsonNode told = new ObjectMapper().readTree(first.out());
            assertThat(told.path("regions").toString()).isEqualTo("[\"us-west-2\",\"us-east-1\"]");
            assertThat(told.path("values")).hasSize(3);
            for (JsonNode value : told.path("values")) {
                boolean moved = value.at("/key/id").asInt() != 2;
                assertThat(value.path("decrypts").asBoolean())
                        .as(value.toString())
                        .isEqualTo(moved);
                assertThat(value.path("problem").asText()).as(value.toString()).contains(moved ? "" : "wrong-context");
            }
            assertThat(bench.underSource(place, "birds")).as("and no other").isEqualTo(ROWS - 2);
            assertThat(place.ask("SELECT count(*) FROM pg_replication_slots")).isEqualTo("0");
            Operator.Said paused = operator.says("run", "--canary", "3");
            assertThat(paused.code()).isEqualTo(2);
            assertThat(paused.err()).contains("paused by", "keyferry resume");

            operator.says("resume");
            place.sql("DELETE FROM birds WHERE id = 2");
            JsonNode second = operator.says("run", "--canary", "5", "--timeout", "90s", "--json")
                    .json();
            assertThat(second.path("values")).hasSize(5);
            assertThat(bench.underSource(place, "birds")).isEqualTo(ROWS - 6);

            operator.says("resume");
            Operator.Said all = operator.says("run", "--until-done", "--timeout", "90s", "--json");
            assertThat(all.code()).as(all.err()).isZero();
            assertThat(bench.underSource(place, "birds")).isZero();
            Operator.Said late = operator.says("run", "--canary", "5");
            assertThat(late.code()).isEqualTo(2);
            assertThat(late.err()).contains("has begun already");
        }
    }
}
