package io.keyferry.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.assertj.core.groups.Tuple.tuple;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.keyferry.cli.PipelineBench.Place;
import io.keyferry.model.Encoding;
import io.keyferry.model.Migration;
import io.keyferry.model.file.MigrationFile;
import io.keyferry.sandbox.SandboxPostgres;
import io.keyferry.servers.Servers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What {@code keyferry init} finds in a database, and that {@code check} and {@code run} take what it writes. */
@Timeout(240)
class InitIT {

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
        place.sql(
                "CREATE TABLE people (id bigint PRIMARY KEY, name text, of_text text, of_url varchar, of_hex text,"
                        + " raw bytea, bound text, message bytea)",
                "CREATE TABLE keyless (number int, secret text)",
                "CREATE TABLE indexed (number int NOT NULL, secret text)",
                "CREATE UNIQUE INDEX by_number ON indexed (number)",
                "CREATE TABLE unidentified (number int NOT NULL UNIQUE, secret text)",
                "ALTER TABLE indexed REPLICA IDENTITY USING INDEX by_number");
        for (int id = 1; id <= 5; id++) {
            String stored = bench.encrypted("person " + id);
            byte[] bytes = Base64.getDecoder().decode(stored);
            String hex = HexFormat.of().formatHex(bytes);
            String url = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
            String bound = bench.encrypted("bound " + id, Map.of("person", String.valueOf(id)));
            // the beginning of a message of version 2, long enough to be one
            String message = "020578" + "00".repeat(60);
            place.sql(
                    "INSERT INTO people VALUES (" + id + ", 'Person " + id + "', '" + stored + "', '" + url + "', '"
                            + hex + "', '\\x" + hex + "', '" + bound + "', '\\x" + message + "')",
                    "INSERT INTO keyless VALUES (" + id + ", '" + stored + "')",
                    "INSERT INTO unidentified VALUES (" + id + ", '" + stored + "')",
                    "INSERT INTO indexed VALUES (" + id + ", '" + stored + "')");
        }
    }

    @AfterAll
    static void stop() {
        postgres.close();
        bench.close();
    }

    private KeyferryProcess keyferry(String... arguments) throws IOException {
        return KeyferryProcess.start(folder, bench.environment(place), arguments);
    }

    private KeyferryProcess init(String... more) throws IOException {
        List<String> arguments = new ArrayList<>(List.of(
                "init",
                "--url",
                place.url(),
                "--user",
                place.user(),
                "--password-env",
                "DATABASE_PASSWORD",
                "--region",
                "us-west-2",
                "--source",
                bench.sourceKey(),
                "--target",
                bench.targetKey(),
                "--name",
                "found"));
        arguments.addAll(Arrays.asList(more));
        return keyferry(arguments.toArray(String[]::new));
    }

    @Test
    void findsCiphertextInEveryEncodingAndWritesAFileThatRuns() throws Exception {
        try (KeyferryProcess init = init("--json", "--context", "public.people.bound:person={id}")) {
            assertThat(init.exitCode()).as(init.out() + init.err()).isZero();
            assertThat(new ObjectMapper().readTree(init.out()).path("ready").asBoolean())
                    .isTrue();
        }

        String text = Files.readString(folder.resolve("migration.yaml"));
        Migration migration =
                MigrationFile.load(folder.resolve("migration.yaml"), Map.of()).migration();
        Map<String, Migration.Table> tables = migration.tables().stream()
                .collect(Collectors.toMap(table -> table.name().table(), table -> table));
        assertThat(tables).containsOnlyKeys("people", "indexed");
        assertThat(tables.get("indexed").rowKey()).contains("by_number");
        assertThat(tables.get("people").columns())
                .extracting(Migration.Column::name, Migration.Column::encoding)
                .containsExactlyInAnyOrder(
                        tuple("of_text", Encoding.BASE64),
                        tuple("of_url", Encoding.BASE64URL),
                        tuple("of_hex", Encoding.HEX),
                        tuple("raw", Encoding.RAW),
                        tuple("bound", Encoding.BASE64));
        assertThat(migration.keys().replicas()).containsExactly("us-east-1");
        assertThat(text)
                .contains("NOT MIGRATED", "keyless", "AWS Encryption SDK", "5 of 5 sampled values are KMS ciphertext")
                .contains("REPLICA IDENTITY USING INDEX");

        try (KeyferryProcess check = keyferry("check");
                KeyferryProcess run = keyferry("run", "--until-done", "--timeout", "90s")) {
            assertThat(check.exitCode()).as(check.out() + check.err()).isZero();
            assertThat(run.exitCode()).as(run.out() + run.err()).isZero();
        }
        assertThat(bench.decrypted(place.ask("SELECT of_text FROM people WHERE id = 3")))
                .isEqualTo("person 3");
    }

    @Test
    void asksOnATerminalForWhatIsNotGivenAndForContextsThatKmsDoesNotTake() throws Exception {
        assumeThat(Path.of("/usr/bin/script"))
                .as("util-linux's script makes the terminal")
                .exists();
        List<String> typed = List.of(
                place.url(),
                place.user(),
                "DATABASE_PASSWORD",
                "us-west-2",
                bench.sourceKey(),
                bench.targetKey(),
                "nonsense",
                "person={nothing}",
                "person={name}",
                "person={id}");
        try (KeyferryProcess init = KeyferryProcess.startOnTerminal(
                        folder, bench.environment(place), typed, "init", "--output", "asked.yaml");
                KeyferryProcess nobody = keyferry("init", "--output", "nobody.yaml")) {
            assertThat(nobody.exitCode()).isEqualTo(2);
            assertThat(nobody.err()).contains("--url", "--user", "--region", "--source", "--target");
            assertThat(init.exitCode()).as(init.out() + init.err()).isZero();
            assertThat(init.out())
                    .contains("public.people.bound: KMS refuses its values", "this is not name=text", "not looked at");
        }

        Map<String, String> contexts =
                MigrationFile.load(folder.resolve("asked.yaml"), Map.of()).migration().tables().stream()
                        .flatMap(table -> table.columns().stream())
                        .collect(Collectors.toMap(
                                Migration.Column::name,
                                column -> column.context().toString(),
                                (one, other) -> one));
        assertThat(contexts.get("bound")).contains("person", "{id}");
        assertThat(folder.resolve("nobody.yaml")).doesNotExist();
    }

    @Test
    void saysWhichContextIsMissingAndKeepsAFileThatIsThere() throws Exception {
        Files.writeString(folder.resolve("migration.yaml"), "mine");
        try (KeyferryProcess init = init();
                KeyferryProcess forced = init("--table", "public.people", "--output", "other.yaml")) {
            assertThat(init.exitCode()).isEqualTo(2);
            assertThat(init.err()).contains("migration.yaml is there already", "--force");
            assertThat(forced.exitCode()).as(forced.out() + forced.err()).isZero();
        }

        assertThat(Files.readString(folder.resolve("migration.yaml"))).isEqualTo("mine");
        assertThat(Files.readString(folder.resolve("other.yaml")))
                .contains("FILL IN: KMS refuses values with this encryption context")
                .contains("#     - column: \"bound\"");
    }
}
