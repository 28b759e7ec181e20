package io.keyferry.cli.configuration;

import io.keyferry.cli.terminal.Console;
import io.keyferry.model.Migration;
import java.nio.file.Path;
import java.util.Map;
import picocli.CommandLine.Parameters;

/** The word after a command that is about one migration. */
public final class FileParameter {

    @Parameters(
            paramLabel = "FILE",
            arity = "0..1",
            defaultValue = "migration.yaml",
            description = "migration.yaml (default: ./migration.yaml).")
    private Path path;

    public Path path() {
        return path;
    }

    /** Loads the file, and prints the migration's name and what is overridden. */
    public Migration load(Console console) {
        return Configuration.load(path, console);
    }

    /**
     * The same with options that go before what the environment says.
     *
     * @param overrides as environment variables would be: {@code KEYFERRY_DATABASE_URL} and the like
     */
    public Migration load(Console console, Map<String, String> overrides) {
        return Configuration.load(path, console, overrides);
    }
}
