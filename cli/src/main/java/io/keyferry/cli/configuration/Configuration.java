package io.keyferry.cli.configuration;

import io.keyferry.cli.terminal.Console;
import io.keyferry.model.Migration;
import io.keyferry.model.file.AppliedOverride;
import io.keyferry.model.file.MigrationFile;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Loads migration.yaml as every command does: with this process's environment, and told. */
public final class Configuration {

    private Configuration() {}

    /** Prints the migration's name, and what of the file is overridden. */
    public static Migration load(Path file, Console console) {
        return load(file, console, Map.of());
    }

    static Migration load(Path file, Console console, Map<String, String> before) {
        Map<String, String> environment = new HashMap<>(System.getenv());
        environment.putAll(before);
        MigrationFile.Loaded loaded = MigrationFile.load(file, environment);
        console.line("KeyFerry " + loaded.migration().name());
        List<AppliedOverride> overrides = loaded.overrides();
        int paths = longest(overrides, AppliedOverride::path);
        int values = longest(overrides, AppliedOverride::shown);
        overrides.forEach(override -> console.line(("  override   %-" + paths + "s  %-" + values + "s  %s")
                .formatted(override.path(), override.shown(), override.variable())));
        return loaded.migration();
    }

    private static int longest(List<AppliedOverride> overrides, Function<AppliedOverride, String> column) {
        return overrides.stream().map(column).mapToInt(String::length).max().orElse(1);
    }
}
