package io.keyferry.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.keyferry.cli.PipelineBench.Place;
import io.keyferry.cli.PipelineBench.Running;
import io.keyferry.model.Counter;
import io.keyferry.sandbox.SandboxPostgres;
import io.keyferry.servers.Servers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code keyferry dead-letters}: what it shows, and what becomes of a value that is tried again. */
@Timeout(300)
class DeadLettersIT {

    private static final Duration LONG = Duration.ofSeconds(90);
    private static final String GARBAGE = "no ciphertext at all";

    @TempDir
    private Path folder;

    @Test
    void lettersAreGroupedWithTheirCureAndARetryMovesWhatTheDatabaseRefusedBefore() throws Exception {
        try (SandboxPostgres postgres = Servers.postgres();
                PipelineBench bench = new PipelineBench()) {
            Place place = Place.of(postgres);
            bench.createTable(place, "people", 20);
            place.sql(
                    "UPDATE people SET note = 'locked' WHERE id IN (7, 17)",
                    "ALTER TABLE people ADD CONSTRAINT unlocked CHECK (note <> 'locked') NOT VALID",
                    "UPDATE people SET secret = '" + GARBAGE + "' WHERE id IN (8, 9)");
            bench.migrationFile(folder, "migration", place, "people", Optional.of(bench.bootstrapServers()));
            Operator operator = new Operator(folder, bench.environment(place));
            assertThat(operator.says("dead-letters", "list").err()).contains("has not run yet");

            try (Running running = bench.start("migration", place, "people")) {
                assertThat(running.awaitDrained(LONG)).isEqualTo(MigrationRun.End.ONLY_DEAD_LETTERS_REMAIN);
            }
            place.sql("UPDATE people SET secret = '" + bench.encrypted("mended") + "' WHERE id = 9");

            JsonNode list = operator.says("dead-letters", "list", "--json").json();
            assertThat(group(list, "rejected").path("letters").asLong()).isEqualTo(2);
            assertThat(group(list, "rejected").path("cure").asText()).contains("constraint");
            assertThat(group(list, "not-ciphertext").path("column").asText()).isEqualTo("public.people.secret");
            assertThat(group(list, "not-ciphertext").path("letters").asLong()).isEqualTo(2);
            assertThat(group(list, "not-ciphertext").path("rowsStillHolding").asLong())
                    .isEqualTo(1);
            Operator.Said shown = operator.says("dead-letters", "show", "--reason", "not-ciphertext");
            assertThat(shown.code()).isZero();
            assertThat(shown.out())
                    .contains("public.people {id=8} secret", "still holds the value", "{id=9}", "another value")
                    .doesNotContain("{id=7}", GARBAGE);
            JsonNode newest = operator.says("dead-letters", "show", "--json", "--limit", "1")
                    .json();
            assertThat(newest.path("all").asLong()).isEqualTo(4);
            assertThat(newest.path("letters")).hasSize(1);

            assertThat(operator.says("dead-letters", "retry", "--reason", "nonsense")
                            .code())
                    .isEqualTo(2);
            assertThat(operator.says("dead-letters", "retry").err()).contains("--yes");
            place.sql("ALTER TABLE people DROP CONSTRAINT unlocked");
            place.sql("DELETE FROM people WHERE id = 17");
            JsonNode retried = operator.says("dead-letters", "retry", "--reason", "rejected", "--yes", "--json")
                    .json();
            assertThat(retried.path("fedIn").asLong()).isEqualTo(1);
            assertThat(retried.path("movedOn").asLong()).isEqualTo(1);

            String secret = "SELECT secret FROM people WHERE id = ";
            String refused = place.ask(secret + 7);
            try (Running running = bench.start("migration", place, "people")) {
                await().atMost(LONG).until(() -> !place.ask(secret + 7).equals(refused));
                assertThat(bench.decrypted(place.ask(secret + 7))).isEqualTo("value 7");
                assertThat(place.ask(secret + 8)).isEqualTo(GARBAGE);

                JsonNode live = operator.says("dead-letters", "retry", "--yes", "--json")
                        .json();
                assertThat(live.path("values").path("public.people").asLong())
                        .as("row 8")
                        .isEqualTo(1);
                await().atMost(LONG).until(() -> running.count(Counter.DEAD_LETTERED) == 5);
            }
            assertThat(group(operator.says("dead-letters", "list", "--json").json(), "not-ciphertext")
                            .path("letters")
                            .asLong())
                    .as("what fails again becomes a letter again")
                    .isEqualTo(3);
        }
    }

    private static JsonNode group(JsonNode list, String reason) {
        for (JsonNode group : list.path("groups")) {
            if (group.path("reason").asText().equals(reason)) {
                return group;
            }
        }
        throw new AssertionError("no letters of reason " + reason + " in " + list);
    }
}
