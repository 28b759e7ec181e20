package io.keyferry.cli.letters;

import io.keyferry.cli.terminal.Console;
import io.keyferry.cli.terminal.ExitCode;
import io.keyferry.cli.terminal.Version;
import io.keyferry.model.KeyFerryException;
import io.keyferry.sink.LetterRows;
import java.sql.SQLException;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code keyferry dead-letters list}: by reason and column, with the cure. */
@Command(
        name = "list",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description = {
            "Counts the dead letters by reason and column, with the cure for each reason, and how many rows still hold"
                    + " what could not be moved."
        },
        footer = {
            "",
            "Examples:",
            "  keyferry dead-letters list",
            "  keyferry dead-letters list migration.yaml --table public.customers --json"
        })
final class ListCommand implements Callable<Integer> {

    @Mixin
    private LetterOptions options;

    @Override
    public Integer call() throws SQLException {
        Console console = Console.of(options.json());
        try (Letters letters = Letters.open(options, console)) {
            LetterGroups groups = groups(letters, console);
            groups.print(console);
            if (options.json()) {
                System.out.println(groups.json(letters.migration().name()));
            }
            return ExitCode.DONE;
        }
    }

    /** What the letters themselves say can be told without the database too. */
    private static LetterGroups groups(Letters letters, Console console) throws SQLException {
        try (LetterRows rows = letters.rows()) {
            LetterGroups groups = new LetterGroups(true);
            letters.read(chunk -> groups.add(chunk, Optional.of(rows.look(chunk))));
            return groups;
        } catch (SQLException e) {
            console.line("  " + letters.failure(e).getMessage());
        } catch (KeyFerryException e) {
            console.line("  " + e.getMessage());
        }
        LetterGroups groups = new LetterGroups(false);
        letters.read(chunk -> groups.add(chunk, Optional.empty()));
        return groups;
    }
}
