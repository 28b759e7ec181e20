package io.keyferry.model.file;

import io.keyferry.model.Changes;
import io.keyferry.model.Migration;
import io.keyferry.model.Retirement;
import io.keyferry.model.SnapshotMode;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** Reads migration.yaml. */
public final class MigrationFile {

    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]{0,39}");
    private static final String NAME_EXPECTED =
            "lower-case letters, digits and hyphens, at most 40, the first one a letter";

    private MigrationFile() {}

    /**
     * A migration, and what of it was said by variables.
     *
     * @param overrides by path
     */
    public record Loaded(Migration migration, List<AppliedOverride> overrides) {

        public Loaded {
            overrides = List.copyOf(overrides);
        }
    }

    /**
     * Reads and checks a file of UTF-8 YAML; paths in it are relative to its folder.
     *
     * @param environment whose variables {@code KEYFERRY_…} override what the file says
     * @throws ConfigurationException with everything that is wrong with it
     */
    public static Loaded load(Path file, Map<String, String> environment) {
        Path folder = file.toAbsolutePath().normalize().getParent();
        return parse(text(file), folder, file.toString(), environment);
    }

    /**
     * Checks the text of a file, which nothing overrides.
     *
     * @param folder what paths in the text are relative to
     * @throws ConfigurationException with everything that is wrong with it
     */
    public static Migration parse(String yaml, Path folder) {
        return parse(yaml, folder, "migration.yaml", Map.of()).migration();
    }

    static Loaded parse(String yaml, Path folder, String file, Map<String, String> environment) {
        Problems problems = new Problems();
        Overrides overrides = new Overrides(environment);
        Value root = YamlDocument.read(yaml, file, new Reading(problems, overrides));
        Optional<Migration> migration = root.section("a mapping with name, database, keys and tables")
                .map(section -> migration(section, folder));
        if (migration.isPresent()) {
            overrides.refuseOthers(problems);
        }
        problems.throwIfAny(file);
        return new Loaded(migration.orElseThrow(), overrides.inForce());
    }

    private static Migration migration(Section root, Path folder) {
        String name = root.required("name", NAME_EXPECTED)
                .flatMap(value -> Checked.text(value, NAME, NAME_EXPECTED))
                .orElse("");
        Migration.Database database = root.required("database", "a mapping with url and credentials")
                .flatMap(value -> value.section("a mapping with url and credentials"))
                .map(section -> DatabaseSection.read(section, folder))
                .orElse(null);
        Migration.Keys keys = root.required("keys", "a mapping with region, source and target")
                .flatMap(value -> value.section("a mapping with region, source and target"))
                .map(KeysSection::read)
                .orElse(null);
        Optional<Migration.Kafka> kafka = root.optional("kafka")
                .flatMap(value -> value.section("a mapping with bootstrapServers; left out: the embedded broker"))
                .map(KafkaSection::read);
        SnapshotMode snapshot =
                root.optional("snapshot").flatMap(MigrationFile::snapshot).orElse(SnapshotMode.DEFAULT);
        List<Migration.Table> tables = root.required("tables", "a list of tables with their encrypted columns")
                .map(TablesSection::read)
                .orElse(List.of());
        if (snapshot == SnapshotMode.INCREMENTAL) {
            root.optional("snapshot").ifPresent(value -> refuseRowKeys(value, tables));
        }
        long maxDeadLetters = root.optional("maxDeadLetters")
                .flatMap(value -> value.wholeNumber(0, Long.MAX_VALUE))
                .orElse(Migration.DEFAULT_MAX_DEAD_LETTERS);
        Migration.Http http = root.optional("http")
                .flatMap(value -> value.section("a mapping with host and port"))
                .map(section -> HttpSection.read(section, folder))
                .orElse(Migration.Http.DEFAULT);
        Migration.Limits limits = root.optional("limits")
                .flatMap(value -> value.section(LimitsSection.EXPECTED))
                .map(LimitsSection::read)
                .orElse(Migration.Limits.DEFAULT);
        Optional<Changes> changes = root.optional("changes")
                .flatMap(value -> value.section(ChangesSection.EXPECTED))
                .map(section -> ChangesSection.read(section, folder, tables));
        if (changes.isPresent()) {
            ChangesSection.check(root, snapshot);
        }
        boolean verifyBeforeWrite =
                root.optional("verifyBeforeWrite").flatMap(Value::truth).orElse(false);
        Retirement retirement = root.optional("retirement")
                .flatMap(value -> value.section(RetirementSection.EXPECTED))
                .map(section -> RetirementSection.read(section, tables))
                .orElse(Retirement.NONE);
        root.noOtherKeys();
        return new Migration(
                name,
                database,
                keys,
                kafka,
                snapshot,
                tables,
                maxDeadLetters,
                http,
                changes,
                limits,
                verifyBeforeWrite,
                retirement);
    }

    private static Optional<SnapshotMode> snapshot(Value value) {
        String expected = "sweep, incremental or initial";
        return value.text(expected).flatMap(word -> {
            Optional<SnapshotMode> mode = SnapshotMode.of(word);
            if (mode.isEmpty()) {
                value.wrong("is no way to read the rows that KeyFerry knows", expected);
            }
            return mode;
        });
    }

    private static void refuseRowKeys(Value snapshot, List<Migration.Table> tables) {
        tables.stream()
                .filter(table -> table.rowKey().isPresent())
                .forEach(table -> snapshot.wrong(
                        "reads by primary key only, and " + table.name() + " has a rowKey", "sweep or initial"));
    }

    private static String text(Path file) {
        try {
            String text = Files.readString(file);
            return text.startsWith("\uFEFF") ? text.substring(1) : text;
        } catch (NoSuchFileException e) {
            throw unreadable(file, "there is no such file", e);
        } catch (CharacterCodingException e) {
            throw unreadable(file, "is not UTF-8", e);
        } catch (IOException e) {
            String why = Files.isDirectory(file) ? "is a folder" : "cannot be read: " + e.getMessage();
            throw unreadable(file, why, e);
        }
    }

    private static ConfigurationException unreadable(Path file, String why, IOException cause) {
        return new ConfigurationException(
                file.toString(), new Problem("", 0, why, "a migration.yaml that can be read"), cause);
    }
}
