package io.keyferry.cli.letters;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.keyferry.cli.terminal.Consent;
import io.keyferry.cli.terminal.Console;
import io.keyferry.cli.terminal.ExitCode;
import io.keyferry.cli.terminal.Figures;
import io.keyferry.cli.terminal.Version;
import io.keyferry.sink.LetterRows;
import io.keyferry.sink.Retry;
import java.sql.SQLException;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code keyferry dead-letters retry}: feeds the rows in again, as they are now. */
@Command(
        name = "retry",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description = {
            "Has the stream-processor try the values again that rows still hold: at once where it runs, otherwise with"
                    + " its next run. The rows are read as they are now.",
            "Of use where the cause was cured outside migration.yaml: a longer column, a dropped constraint, a grant."
        },
        footer = {
            "",
            "Examples:",
            "  keyferry dead-letters retry --reason too-long",
            "  keyferry dead-letters retry migration.yaml --table public.customers --yes --json"
        })
final class RetryCommand implements Callable<Integer> {

    @ParentCommand
    private DeadLettersCommand parent;

    @Mixin
    private LetterOptions options;

    @Option(names = "--yes", description = "Do not ask.")
    private boolean yes;

    @Override
    public Integer call() throws InterruptedException {
        Console console = Console.of(options.json());
        try (Letters letters = Letters.open(options, console)) {
            try (LetterRows rows = letters.rows()) {
                Retry retry = new Retry(rows);
                letters.read(retry::add);
                print(retry, console);
                long fedIn = 0;
                if (!retry.values().isEmpty()) {
                    OptionalInt withheld = Consent.withheld(
                            yes, "Try these values again?", "try these values again", parent.interruption(), console);
                    if (withheld.isPresent()) {
                        return withheld.getAsInt();
                    }
                    letters.audit().write("dead-letters retry", audited(retry));
                    fedIn = retry.feed(letters.topics(), letters.properties());
                    console.line("  done       " + Figures.count(fedIn)
                            + " fed in; what fails again becomes a dead letter again");
                }
                if (options.json()) {
                    System.out.println(json(letters.migration().name(), retry, fedIn));
                }
                return ExitCode.DONE;
            } catch (SQLException e) {
                throw letters.failure(e);
            }
        }
    }

    private static Map<String, String> audited(Retry retry) {
        return retry.values().entrySet().stream()
                .collect(Collectors.toMap(
                        values -> values.getKey().toString(), values -> String.valueOf(values.getValue())));
    }

    private static void print(Retry retry, Console console) {
        new TreeMap<>(retry.values())
                .forEach((table, values) -> console.line("  retry      " + table + ": " + Figures.count(values)
                        + (values == 1 ? " value" : " values") + ", a KMS request each"));
        if (retry.values().isEmpty()) {
            console.line("  nothing to retry");
        }
        if (retry.movedOn() > 0) {
            console.line("  left       " + Figures.count(retry.movedOn())
                    + " letters whose row holds another value now, or is gone");
        }
        if (retry.withoutRow() > 0) {
            console.line("  left       " + Figures.count(retry.withoutRow())
                    + " letters that name no row of a table in migration.yaml");
        }
    }

    private static ObjectNode json(String migration, Retry retry, long fedIn) {
        ObjectNode node = JsonNodeFactory.instance.objectNode().put("migration", migration);
        ObjectNode values = node.putObject("values");
        new TreeMap<>(retry.values()).forEach((table, count) -> values.put(table.toString(), count));
        return node.put("fedIn", fedIn).put("movedOn", retry.movedOn()).put("withoutRow", retry.withoutRow());
    }
}
