package io.keyferry.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.keyferry.model.Encoding;
import io.keyferry.model.Migration;
import io.keyferry.model.file.MigrationFile;
import io.keyferry.sandbox.Sandbox;
import io.keyferry.servers.Servers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code keyferry init} over tables of every encoding. */
@Timeout(120)
class InitIT {

    @TempDir
    private static Path folder;

    private static Sandbox sandbox;
    private static String text;
    private static Migration migration;

    @BeforeAll
    static void look() throws Exception {
        sandbox = Servers.sandbox();
        String sdk = "AgV4" + "A".repeat(100);
        execute(
                "CREATE TABLE every (id int PRIMARY KEY, raw bytea, b64 text, url varchar, hex text, ctx text, lost text,"
                        + " plain text, message text)",
                "INSERT INTO every VALUES (7, '" + value(Encoding.RAW, Map.of()) + "', '"
                        + value(Encoding.BASE64, Map.of()) + "', '" + value(Encoding.BASE64URL, Map.of()) + "', '"
                        + value(Encoding.HEX, Map.of()) + "', '" + value(Encoding.BASE64, Map.of("row", "7"))
                        + "', '" + value(Encoding.BASE64, Map.of("secret", "x")) + "', 'Ada', '" + sdk + "')",
                "CREATE TABLE keyless (v text)",
                "INSERT INTO keyless VALUES ('" + value(Encoding.BASE64, Map.of()) + "')",
                "CREATE TABLE indexed (code text NOT NULL, v text)",
                "CREATE UNIQUE INDEX indexed_code ON indexed (code)",
                "INSERT INTO indexed VALUES ('a', '" + value(Encoding.BASE64, Map.of()) + "')");
        try (KeyferryProcess init = init("--context", "public.every.ctx:row={id}")) {
            assertThat(init.exitCode()).as(init.err()).isZero();
        }
        Path file = folder.resolve("migration.yaml");
        text = Files.readString(file);
        migration = MigrationFile.load(file, Map.of()).migration();
    }

    @AfterAll
    static void stop() {
        sandbox.close();
    }

    private static KeyferryProcess init(String... more) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                "init",
                "--url",
                sandbox.postgres().jdbcUrl(),
                "--secret",
                sandbox.secretArn(),
                "--region",
                sandbox.region(),
                "--source",
                sandbox.sourceKeyArn(),
                "--target",
                sandbox.targetKeyArn()));
        command.addAll(List.of(more));
        return KeyferryProcess.start(folder, sandbox.environment(), command.toArray(String[]::new));
    }

    private static String value(Encoding encoding, Map<String, String> context) {
        byte[] plaintext = "a secret".getBytes(StandardCharsets.UTF_8);
        return encoding.encode(
                sandbox.kms().provisioning().encrypt(sandbox.sourceKeyArn(), plaintext, context), "");
    }

    private static void execute(String... statements) throws SQLException {
        try (Connection connection = sandbox.postgres().connect();
                Statement sql = connection.createStatement()) {
            for (String statement : statements) {
                sql.execute(statement);
            }
        }
    }

    private static Migration.Table table(String name) {
        return migration.tables().stream()
                .filter(table -> table.name().table().equals(name))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void columnsThatKmsConfirmsAreToBeMigrated() {
        assertThat(table("every").columns())
                .extracting(Migration.Column::name)
                .containsExactly("raw", "b64", "url", "hex", "ctx");
        assertThat(table("every").columns())
                .filteredOn(column -> List.of("raw", "hex").contains(column.name()))
                .extracting(Migration.Column::encoding)
                .containsExactly(Encoding.RAW, Encoding.HEX);
    }

    @Test
    void theContextThatKmsConfirmedIsInTheFile() {
        assertThat(table("every").columns())
                .filteredOn(column -> column.name().equals("ctx"))
                .extracting(column -> column.context().toString())
                .containsExactly("{row={id}}");
    }

    @Test
    void whatIsNotCertainIsCommentedOutWithTheReason() {
        assertThat(text).contains("#     - column: \"lost\"", "FILL IN: KMS refuses", "AWS Encryption SDK");
        assertThat(text).doesNotContain("\"plain\"");
    }

    @Test
    void aTableWithoutPrimaryKeyIsReadByItsUniqueIndexOrNotMigrated() {
        assertThat(table("indexed").rowKey()).contains("indexed_code");
        assertThat(migration.tables()).noneMatch(table -> table.name().table().equals("keyless"));
        assertThat(text).contains("NOT MIGRATED").contains("# - table: \"public.keyless\"");
    }

    @Test
    void aFileThatIsThereIsLeftAlone() throws Exception {
        try (KeyferryProcess again = init()) {
            assertThat(again.exitCode()).isEqualTo(2);
            assertThat(again.err()).contains("--force");
        }
        assertThat(Files.readString(folder.resolve("migration.yaml"))).isEqualTo(text);
    }
}
