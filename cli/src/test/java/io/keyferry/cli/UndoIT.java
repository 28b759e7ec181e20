package io.keyferry.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.keyferry.cli.PipelineBench.Place;
import io.keyferry.cli.PipelineBench.Running;
import io.keyferry.sandbox.SandboxPostgres;
import io.keyferry.servers.Servers;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code keyferry undo} after a migration, with an application that went on writing. */
@Timeout(300)
class UndoIT {

    private static final int ROWS = 40;
    private static final Duration LONG = Duration.ofSeconds(90);

    @TempDir
    private Path folder;

    @Test
    void everyRowThatHoldsOurValueGetsItsOldOneBackAndLiveWritesStay() throws Exception {
        try (SandboxPostgres postgres = Servers.postgres();
                PipelineBench bench = new PipelineBench()) {
            Place place = Place.of(postgres);
            bench.createTable(place, "people", ROWS);
            bench.migrationFile(folder, "migration", place, "people", Optional.of(bench.bootstrapServers()));
            Operator operator = new Operator(folder, bench.environment(place));
            Map<Long, String> before = stored(place);
            String again = bench.encrypted("written again");
            String live = bench.encrypted("written live");

            try (Running running = bench.start("migration", place, "people")) {
                assertThat(running.awaitDrained(LONG)).isEqualTo(MigrationRun.End.REACHED);
                // a second rewrite of the same row
                place.sql("UPDATE people SET secret = '" + again + "' WHERE id = 1");
                await().atMost(LONG).until(() -> bench.underSource(place, "people") == 0);
            }
            place.sql("UPDATE people SET secret = '" + live + "' WHERE id = 2", "DELETE FROM people WHERE id = 3");
            Map<Long, String> migrated = stored(place);

            bench.sourceKeyIs(false);
            Operator.Said disabled = operator.says("undo", "--yes");
            assertThat(disabled.code()).isEqualTo(1);
            assertThat(disabled.err()).contains("is Disabled");
            bench.sourceKeyIs(true);
            assertThat(operator.says("undo").code()).as("nobody to ask").isEqualTo(2);
            assertThat(operator.says("undo", "--table", "public.nothing").code())
                    .isEqualTo(2);

            JsonNode wouldBe = people(operator.says("undo", "--dry-run", "--json"));
            assertThat(stored(place)).isEqualTo(migrated);
            JsonNode done = people(operator.says("undo", "--yes", "--json", "--table", "public.people"));

            assertThat(done).isEqualTo(wouldBe);
            assertThat(done.path("undone").asLong()).isEqualTo(ROWS - 2);
            assertThat(done.path("left").asLong())
                    .as("a live write, a row that is gone, and the first rewrite of row 1")
                    .isEqualTo(3);
            assertThat(done.path("total").asLong()).isEqualTo(ROWS + 1);
            Map<Long, String> expected = new TreeMap<>(before);
            expected.put(1L, again);
            expected.put(2L, live);
            expected.remove(3L);
            assertThat(stored(place)).isEqualTo(expected);
            assertThat(bench.decryptedUnderSource(expected.get(1L))).isEqualTo("written again");
            for (long id = 4; id <= ROWS; id++) {
                assertThat(bench.decryptedUnderSource(stored(place).get(id))).isEqualTo("value " + id);
            }

            JsonNode second = people(operator.says("undo", "--yes", "--json"));
            assertThat(second.path("undone").asLong()).isZero();
            assertThat(second.path("already").asLong()).isEqualTo(ROWS - 2);
            assertThat(stored(place)).isEqualTo(expected);
            assertThat(operator.says("clean", "--dry-run", "--json")
                            .json()
                            .path("objection")
                            .asText())
                    .as("what the sweep found before the undo is not true any more")
                    .contains("no sweep has ended");

            assertThat(actions(operator.says("audit", "--json").json()))
                    .containsExactly("pause", "undo", "undo ended", "undo", "undo ended");
        }
    }

    @Test
    void aWriterThatGoesOnWhileARunningMigrationIsUndoneLosesNothing() throws Exception {
        try (SandboxPostgres postgres = Servers.postgres();
                PipelineBench bench = new PipelineBench()) {
            Place place = Place.of(postgres);
            bench.createTable(place, "people", 2 * ROWS);
            bench.migrationFile(folder, "migration", place, "people", Optional.of(bench.bootstrapServers()));
            Operator operator = new Operator(folder, bench.environment(place));
            Map<Long, String> expected = stored(place);
            Running running = bench.start("migration", place, "people");
            assertThat(running.awaitDrained(LONG)).isEqualTo(MigrationRun.End.REACHED);

            AtomicBoolean over = new AtomicBoolean();
            CompletableFuture<Map<Long, String>> writer = CompletableFuture.supplyAsync(() -> {
                Map<Long, String> written = new TreeMap<>();
                for (int n = 0; !over.get(); n++) {
                    // every other row, again and again: before the undo meets it, and after
                    long id = 1 + n % ROWS * 2;
                    String value = bench.encrypted("live " + n);
                    try {
                        place.sql("UPDATE people SET secret = '" + value + "' WHERE id = " + id);
                    } catch (SQLException e) {
                        throw new IllegalStateException(e);
                    }
                    written.put(id, value);
                }
                return written;
            });
            JsonNode done;
            try {
                done = people(operator.says("undo", "--yes", "--json"));
            } finally {
                over.set(true);
            }

            expected.putAll(writer.get());
            assertThat(stored(place)).isEqualTo(expected);
            assertThat(done.path("undone").asLong()).isGreaterThanOrEqualTo(ROWS);
            assertThat(done.path("total").asLong()).isGreaterThanOrEqualTo(2 * ROWS);
            await().during(Duration.ofSeconds(3)).until(() -> bench.underSource(place, "people") == 2 * ROWS);

            assertThat(operator.says("resume").code()).isZero();
            try (running) {
                await().atMost(LONG).until(() -> bench.underSource(place, "people") == 0);
                assertThat(running.awaitDrained(LONG)).isEqualTo(MigrationRun.End.REACHED);
            }
        }
    }

    private static List<String> actions(JsonNode audit) {
        List<String> actions = new ArrayList<>();
        audit.path("entries").forEach(entry -> actions.add(entry.path("action").asText()));
        return actions;
    }

    private static JsonNode people(Operator.Said said) throws Exception {
        return said.json().path("tables").path("public.people");
    }

    private static Map<Long, String> stored(Place place) throws SQLException {
        Map<Long, String> stored = new TreeMap<>();
        for (String row : place.ask("SELECT string_agg(id || ' ' || secret, ',') FROM people")
                .split(",")) {
            stored.put(Long.parseLong(row.split(" ")[0]), row.split(" ")[1]);
        }
        return stored;
    }
}
