package io.keyferry.cli.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.keyferry.database.DatabaseAddress;
import io.keyferry.model.KeyFerryException;
import io.keyferry.model.Migration;
import io.keyferry.model.file.MigrationFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The record of a verification, and the file that it can be gone on from. */
class VerificationTest {

    private static final String SOURCE = "arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
    private static final String TARGET = "arn:aws:kms:us-west-2:111122223333:key/mrk-0987dcba09fe87dc65baab0987654321";
    private static final String YAML = """
            name: customers-to-mrk
            database: {url: "jdbc:postgresql://db.internal/app", credentials: {user: app, passwordEnv: APP}}
            keys: {region: us-west-2, source: [%s], target: %s, replicas: [us-east-1]}
            tables:
              - table: public.customers
                columns: [{column: ssn, encoding: base64, context: {id: "{id}"}}, {column: card, encoding: raw}]
            """.formatted(SOURCE, TARGET);
    private static final Instant BEGAN = Instant.parse("2026-01-02T03:04:05.678Z");
    private static final Instant ENDED = Instant.parse("2026-01-02T04:05:06.789Z");

    @TempDir
    private Path folder;

    private static Scope scope(String yaml, Method method, OptionalInt sample, String... regions) {
        Migration migration = MigrationFile.parse(yaml, Path.of("."));
        return Scope.of(migration, DatabaseAddress.parse(migration.database().url()), method, sample, List.of(regions));
    }

    /** As whoever reads the file has it. */
    private static JsonNode written(JsonNode node) throws IOException {
        return new ObjectMapper().readTree(node.toString());
    }

    private static Verification verification(OptionalInt sample) {
        Verification verification = Verification.begin(
                scope(YAML, Method.DECRYPT, sample, "us-west-2", "us-east-1"),
                MigrationFile.parse(YAML, Path.of(".")),
                BEGAN);
        TableResult table = verification.table("public.customers");
        table.row();
        verification.add(table, Map.of("id", "1"), "ssn", new Verdict.Readable(), TARGET);
        verification.add(table, Map.of("id", "1"), "card", new Verdict.Empty(), TARGET);
        table.row();
        verification.add(
                table,
                Map.of("id", "42"),
                "ssn",
                new Verdict.Unreadable("us-west-2", "source-key", "it is still there", Optional.of(SOURCE)),
                TARGET);
        verification.add(table, Map.of("id", "42"), "card", new Verdict.Readable(), TARGET);
        table.reached(Map.of("id", "42"), sample.isPresent() ? Optional.of(Spread.over(9, 3, 0.5)) : Optional.empty());
        return verification;
    }

    @Test
    void theRecordHasExactlyThisForm() throws Exception {
        assertThat(written(verification(OptionalInt.empty()).json(ENDED)))
                .isEqualTo(new ObjectMapper().readTree("""
                {"v":1,"migration":"customers-to-mrk","database":"db.internal:5432/app",
                 "began":"2026-01-02T03:04:05.678Z","ended":"2026-01-02T04:05:06.789Z","method":"decrypt",
                 "regions":["us-west-2","us-east-1"],"values":3,"mismatchCount":1,
                 "tables":[{"table":"public.customers","rows":2,"columns":[
                   {"column":"ssn","values":2,"empty":0,"byKey":{"%1$s":1,"%2$s":1},"mismatches":1},
                   {"column":"card","values":1,"empty":1,"byKey":{"%2$s":1},"mismatches":0}]}],
                 "mismatches":[{"table":"public.customers","key":{"id":"42"},"column":"ssn","region":"us-west-2",
                   "reason":"source-key","message":"it is still there"}]}""".formatted(SOURCE, TARGET)));
        assertThat(verification(OptionalInt.of(3)).json(ENDED).path("sample").asInt())
                .isEqualTo(3);
    }

    @Test
    void whatIsPutDownIsReadAgainAsItWas() {
        RecordFiles files = new RecordFiles(folder.resolve("migration.yaml"), "customers-to-mrk");
        Verification verification = verification(OptionalInt.of(3));
        assertThat(files.unfinished()).isEmpty();

        files.save(verification);
        Verification again = files.unfinished().orElseThrow();

        assertThat(again.place()).isEqualTo(verification.place());
        assertThat(again.scope()).isEqualTo(verification.scope());
        assertThat(again.json(ENDED)).isEqualTo(verification.json(ENDED));
        assertThat(again.table("public.customers").after()).isEqualTo(Map.of("id", "42"));
    }

    @Test
    void theEndLeavesTheRecordAlone() throws Exception {
        RecordFiles files = new RecordFiles(folder.resolve("migration.yaml"), "customers-to-mrk");
        Verification verification = verification(OptionalInt.empty());
        files.save(verification);

        Path record = files.end(verification, ENDED);

        assertThat(record.getFileName()).hasToString("customers-to-mrk.verification-20260102T040506Z.json");
        assertThat(new ObjectMapper().readTree(Files.readString(record))).isEqualTo(written(verification.json(ENDED)));
        assertThat(folder).isDirectoryNotContaining(file -> !file.equals(record));
    }

    @Test
    void refusesToGoOnFromWhatItDoesNotKnow() throws Exception {
        RecordFiles files = new RecordFiles(folder.resolve("migration.yaml"), "customers-to-mrk");

        for (String text : List.of("{", "[]", "{\"v\":2}", "{\"v\":1,\"migration\":\"another\"}")) {
            Files.writeString(files.place(), text);
            assertThatThrownBy(files::unfinished)
                    .as(text)
                    .isInstanceOf(KeyFerryException.class)
                    .hasMessageContaining("--again");
        }
    }

    @Test
    void keepsTheFirstThousandMismatchesAndCountsThemAll() {
        Verification verification = verification(OptionalInt.empty());
        TableResult table = verification.table("public.customers");
        for (int i = 0; i < 1500; i++) {
            verification.add(
                    table,
                    Map.of("id", "" + i),
                    "card",
                    new Verdict.Unreadable("us-west-2", "unknown-key", "whose?", Optional.empty()),
                    TARGET);
        }

        assertThat(verification.mismatchCount()).isEqualTo(1501);
        assertThat(verification.json(ENDED).path("mismatches")).hasSize(1000);
    }

    @Test
    void saysWhatIsOtherwiseThanInTheOneThatBegan() {
        Scope begun = scope(YAML, Method.DECRYPT, OptionalInt.empty(), "us-west-2", "us-east-1");

        assertThat(begun.differences(begun)).isEmpty();
        assertThat(scope(
                                YAML.replace("db.internal", "replica.internal").replace("{id}", "x{id}"),
                                Method.RE_ENCRYPT,
                                OptionalInt.of(5),
                                "us-east-1")
                        .differences(begun))
                .hasSize(5)
                .anyMatch(text -> text.contains("db.internal:5432/app then, replica.internal:5432/app now"))
                .anyMatch(text -> text.contains("decrypt then, re-encrypt now"))
                .anyMatch(text -> text.contains("all of them then, a sample of 5 a table now"))
                .anyMatch(text -> text.contains("us-west-2, us-east-1 then, us-east-1 now"))
                .anyMatch(text -> text.contains("contexts"));
    }
}
