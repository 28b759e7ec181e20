package io.keyferry.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.keyferry.cli.PipelineBench.Place;
import io.keyferry.cli.PipelineBench.Running;
import io.keyferry.model.Counter;
import io.keyferry.sandbox.SandboxPostgres;
import io.keyferry.servers.Servers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code keyferry report}: its verdict over a migration's end, with all that can be in the way and without. */
@Timeout(300)
class ReportIT {

    private static final Duration LONG = Duration.ofSeconds(90);
    private static final String OTHER = "\"<notes>\"";

    @TempDir
    private Path folder;

    private JsonNode json;
    private String html;

    @Test
    void isNotYetForEveryReasonAndSafeWhenNoneIsLeft() throws Exception {
        try (SandboxPostgres postgres = Servers.postgres(Map.of("max_prepared_transactions", "5"));
                PipelineBench bench = new PipelineBench()) {
            Place place = Place.of(postgres);
            bench.createTable(place, "people", 20);
            bench.createTable(place, OTHER, 3);
            place.sql("UPDATE people SET secret = 'no ciphertext' WHERE id = 8");
            bench.migrationFile(folder, "migration", place, "people", Optional.of(bench.bootstrapServers()));
            String database = place.url().replace("jdbc:postgresql://", "");
            Operator operator = new Operator(folder, bench.environment(place));
            Operator.Said early = operator.says("report");
            assertThat(early.code()).isEqualTo(2);
            assertThat(early.err()).contains("has not run yet");

            try (Connection open = open(place)) {
                try (Running running = bench.start("migration", place, "people")) {
                    assertThat(running.awaitDrained(LONG)).isEqualTo(MigrationRun.End.ONLY_DEAD_LETTERS_REMAIN);
                }
                place.sql(
                        "BEGIN",
                        "UPDATE people SET note = 'undecided' WHERE id = 1",
                        "PREPARE TRANSACTION 'two phases'");

                Operator.Said said = operator.says("report");

                assertThat(said.code()).isEqualTo(1);
                assertThat(said.out())
                        .contains("not yet, because")
                        .contains(
                                "sweep: the newest one", "1 value not under the target key: 1 of public.people.secret")
                        .contains("dead letters: 1 value of public.people.secret (not-ciphertext)")
                        .contains("verification: no complete verification", "us-west-2 and us-east-1")
                        .contains("(old reader), open since", "the prepared transaction 'two phases'")
                        .contains("other columns: public.<notes>.secret holds values under " + bench.sourceKey())
                        .contains("backups: not stated");
                look();
                assertThat(json.path("verdict").asText()).isEqualTo("not yet");
                assertThat(json.path("backups").isNull()).isTrue();
                JsonNode use = json.at("/columns/0/sourceKeys").path(bench.sourceKey());
                assertThat(use.path("lastSeen").asText()).isNotEmpty();
                assertThat(use.path("lastWritten").isNull())
                        .as("the application has written nothing yet")
                        .isTrue();
                assertThat(html)
                        .contains("Not yet", "public.&lt;notes&gt;.secret")
                        .doesNotContain("<notes>", "no ciphertext<");
                open.rollback();
            }

            cure(place, bench);
            Instant before;
            Instant after;
            try (Running running = bench.start("migration", place, "people")) {
                before = Instant.parse(place.ask("SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC',"
                        + " 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"));
                place.sql("UPDATE people SET secret = '" + bench.encrypted("live") + "' WHERE id = 3");
                await().atMost(LONG).until(() -> bench.underSource(place, "people") == 0);
                after = Instant.now();
                assertThat(running.awaitDrained(LONG)).isEqualTo(MigrationRun.End.REACHED);
                assertThat(running.count(Counter.DEAD_LETTERED)).isPositive();
            }
            retirement("backups: [{what: \"tapes in the cellar\", until: 9999-12-31}]");
            record(1, database, before.minusSeconds(5), bench);

            Operator.Said second = operator.says("report");

            assertThat(second.code()).as(second.out() + second.err()).isEqualTo(1);
            assertThat(second.out())
                    .contains("before the last value was moved", "tapes in the cellar until 9999-12-31")
                    .doesNotContain("sweep:", "dead letters:", "transactions:", "other columns:", "application:");
            look();
            Instant written = Instant.parse(json.path("columns")
                    .path(0)
                    .path("sourceKeys")
                    .path(bench.sourceKey())
                    .path("lastWritten")
                    .asText());
            assertThat(written).isBetween(before, after);
            assertThat(operator.says("status", "--json")
                            .json()
                            .path("lastSourceKeyWrite")
                            .path("at")
                            .asText())
                    .isEqualTo(written.toString());

            retirement("backups: []");
            record(2, database, Instant.now(), bench);
            isSafe(operator, bench);
        }
    }

    private static Connection open(Place place) throws Exception {
        Connection open = DriverManager.getConnection(
                place.url() + "?ApplicationName=old%20reader", place.user(), place.password());
        open.setAutoCommit(false);
        try (Statement statement = open.createStatement()) {
            statement.execute("SELECT count(*) FROM people");
        }
        return open;
    }

    private static void cure(Place place, PipelineBench bench) throws Exception {
        place.sql(
                "ROLLBACK PREPARED 'two phases'",
                "UPDATE people SET secret = '" + bench.encrypted("mended") + "' WHERE id = 8");
    }

    /** Replaces the section. */
    private void retirement(String backups) throws IOException {
        Path file = folder.resolve("migration.yaml");
        String text = Files.readString(file).replaceFirst("(?s)retirement:.*", "");
        Files.writeString(
                file,
                text + "retirement:\n  " + backups + "\n  acknowledged: ['public.<notes>.secret']\n",
                StandardOpenOption.TRUNCATE_EXISTING);
    }

    /** As verify writes it, of everything in both Regions. */
    private void record(int number, String database, Instant began, PipelineBench bench) throws IOException {
        Files.writeString(folder.resolve("migration.verification-" + number + ".json"), """
                {"v": 1, "migration": "migration", "database": "%s", "began": "%s", "ended": "%s",
                 "method": "decrypt", "regions": ["us-west-2", "us-east-1"], "values": 20, "mismatchCount": 0,
                 "tables": [{"table": "public.people", "rows": 20, "columns": [
                   {"column": "secret", "values": 20, "empty": 0, "byKey": {"%s": 20}, "mismatches": 0}]}],
                 "mismatches": []}
                """.formatted(
                        database, began, began.plusSeconds(1), bench.targetKey()));
    }

    private void isSafe(Operator operator, PipelineBench bench) throws Exception {
        Path evidence = Files.createDirectory(folder.resolve("evidence"));

        Operator.Said said = operator.says("report", "--output", evidence.toString(), "--json");

        assertThat(said.code()).as(said.err()).isZero();
        assertThat(said.err()).contains("safe", "disable it first");
        byte[] bytes = Files.readAllBytes(evidence.resolve("migration.report.json"));
        String sha256 =
                HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        assertThat(said.out().getBytes()).as("the same as the file").isEqualTo(bytes);
        assertThat(Files.readString(evidence.resolve("migration.report.json.sha256")))
                .isEqualTo(sha256 + "  migration.report.json\n");
        assertThat(said.err()).contains(sha256);
        JsonNode safe = new ObjectMapper().readTree(bytes);
        assertThat(safe.path("verdict").asText()).isEqualTo("safe");
        assertThat(safe.path("reasons")).isEmpty();
        assertThat(safe.at("/sourceKeys/0/state").asText()).isEqualTo("Enabled");
        assertThat(safe.at("/sourceKeys/0/aliases/0").asText()).isEqualTo("alias/source");
        assertThat(safe.at("/sourceKeys/0/lastUse/operation").asText()).isEqualTo("ReEncrypt");
        assertThat(safe.at("/otherColumns/0/acknowledged").asBoolean()).isTrue();
        assertThat(safe.at("/configuration/sha256").asText())
                .isEqualTo(HexFormat.of()
                        .formatHex(MessageDigest.getInstance("SHA-256")
                                .digest(Files.readAllBytes(folder.resolve("migration.yaml")))));
        assertThat(safe.path("cannotSee"))
                .anySatisfy(text -> assertThat(text.asText()).contains("no keyferry run is at work"));
        assertThat(Files.readString(evidence.resolve("migration.report.html")))
                .contains("<h1>Safe</h1>", sha256, bench.targetKey())
                .doesNotContain("<script", "<notes>");
    }

    private void look() throws IOException {
        json = new ObjectMapper()
                .readTree(folder.resolve("migration.report.json").toFile());
        html = Files.readString(folder.resolve("migration.report.html"));
    }
}
