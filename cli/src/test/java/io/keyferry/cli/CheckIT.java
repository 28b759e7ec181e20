package io.keyferry.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.keyferry.cli.PipelineBench.Place;
import io.keyferry.sandbox.SandboxPostgres;
import io.keyferry.sandbox.kms.Fault;
import io.keyferry.servers.Servers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What {@code keyferry check} says of a migration that can run, and of one that cannot. */
@Timeout(120)
class CheckIT {

    private static final int ROWS = 30;

    private static PipelineBench bench;
    private static SandboxPostgres postgres;
    private static Place place;

    @TempDir
    private Path folder;

    @BeforeAll
    static void start() throws Exception {
        bench = new PipelineBench();
        postgres = Servers.postgres();
        place = Place.of(postgres);
        bench.createTable(place, "checked", ROWS);
    }

    @AfterAll
    static void stop() {
        postgres.close();
        bench.close();
    }

    private JsonNode check(String name, Place as, int code) throws Exception {
        try (KeyferryProcess check =
                KeyferryProcess.start(folder, bench.environment(as), "check", name + ".yaml", "--json")) {
            assertThat(check.exitCode()).as(check.out() + check.err()).isEqualTo(code);
            return new ObjectMapper().readTree(check.out());
        }
    }

    private static String about(JsonNode result, String mark) {
        return StreamSupport.stream(result.path("findings").spliterator(), false)
                .filter(finding -> finding.path("mark").asText().equals(mark))
                .map(finding -> finding.path("text").asText() + "\n"
                        + finding.path("cure").asText())
                .reduce("", (before, next) -> before + next + "\n");
    }

    @Test
    void saysThatAMigrationCanRunAndWhatItWillTakeAndChangesNothing() throws Exception {
        bench.migrationFile(folder, "fine", place, "checked", Optional.of(bench.bootstrapServers()));
        int topics = bench.topics().size();

        JsonNode result = check("fine", place, 0);

        assertThat(result.path("ready").asBoolean()).isTrue();
        assertThat(about(result, "bad")).isEmpty();
        assertThat(about(result, "good"))
                .contains(
                        "wal_level is logical",
                        "public.checked: row key (id)",
                        "10 of 10 re-encrypt",
                        "topics can be made");
        assertThat(result.at("/estimate/values").asLong()).isEqualTo(ROWS);
        assertThat(result.at("/estimate/kmsRequests").asLong()).isEqualTo(ROWS);
        assertThat(bench.topics()).hasSize(topics);
        assertThat(bench.underSource(place, "checked")).isEqualTo(ROWS);
        assertThat(place.ask("SELECT count(*) FROM pg_publication")).isEqualTo("0");
        assertThat(folder.resolve("keyferry-data")).doesNotExist();
    }

    @Test
    void triesTheComparisonThatEveryValueIsToPass() throws Exception {
        bench.migrationFile(folder, "verified", place, "checked", Optional.of(bench.bootstrapServers()));
        Path file = folder.resolve("verified.yaml");
        Files.writeString(file, Files.readString(file) + "verifyBeforeWrite: true\n");
        bench.kms().faults().fraction(1, "Decrypt", Fault.error("AccessDeniedException", 400));

        JsonNode denied = check("verified", place, 1);
        bench.kms().faults().clear();
        JsonNode allowed = check("verified", place, 0);

        assertThat(about(denied, "bad")).contains("Allow kms:Decrypt on key " + bench.sourceKey());
        assertThat(about(allowed, "good")).contains("10 of 10 re-encrypt");
        assertThat(allowed.at("/estimate/kmsRequests").asLong()).isEqualTo(3 * ROWS);
    }

    @Test
    void tellsEverythingThatIsInTheWayAtOnceWithItsCure() throws Exception {
        place.sql(
                "CREATE ROLE guest LOGIN PASSWORD 'pw'",
                "GRANT SELECT (id) ON checked TO guest",
                "CREATE TABLE broken (id bigint PRIMARY KEY, secret text)",
                "INSERT INTO broken VALUES (1, '" + bench.encrypted("x", Map.of("of", "another")) + "')");
        place.sql("CREATE ROLE writer LOGIN REPLICATION PASSWORD 'pw'", "GRANT SELECT, UPDATE ON checked TO writer");
        Place writer = place.as("writer", "pw");
        bench.migrationFile(folder, "writer", writer, "checked", Optional.of(bench.bootstrapServers()));
        Place guest = place.as("guest", "pw");
        bench.migrationFile(folder, "guest", guest, "checked", Optional.of("127.0.0.1:1"));
        bench.migrationFile(folder, "broken", place, "broken", Optional.of(bench.bootstrapServers()));
        Path file = folder.resolve("broken.yaml");
        Files.writeString(file, Files.readString(file).replace("replicas: [us-east-1]", "replicas: [eu-west-1]"));

        JsonNode lacking = check("guest", guest, 1);
        JsonNode broken = check("broken", place, 1);

        assertThat(about(check("writer", writer, 1), "bad"))
                .contains("CREATE PUBLICATION \"keyferry_writer\" FOR TABLE \"public\".\"checked\"");
        assertThat(lacking.path("ready").asBoolean()).isFalse();
        assertThat(about(lacking, "bad"))
                .contains("ALTER ROLE \"guest\" REPLICATION;")
                .contains("UPDATE (\"secret\")")
                .contains("127.0.0.1:1 does not answer");
        assertThat(about(lacking, "warning"))
                .contains("GRANT EXECUTE ON FUNCTION pg_catalog.pg_replication_origin_create");
        assertThat(about(broken, "bad"))
                .contains("replicate-key", "--replica-region eu-west-1")
                .contains("public.broken.secret: 0 of 1 re-encrypt: 1 × wrong-context");
    }
}
