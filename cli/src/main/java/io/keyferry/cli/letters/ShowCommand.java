package io.keyferry.cli.letters;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.keyferry.cli.terminal.Console;
import io.keyferry.cli.terminal.ExitCode;
import io.keyferry.cli.terminal.Figures;
import io.keyferry.cli.terminal.UsageException;
import io.keyferry.cli.terminal.Version;
import io.keyferry.model.DeadLetter;
import io.keyferry.model.KeyFerryException;
import io.keyferry.sink.LetterRows;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code keyferry dead-letters show}: one by one, the newest first; never a value. */
@Command(
        name = "show",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description = "Shows dead letters one by one, the newest first: row, column, reason and where it came from."
                + " Never a value.",
        footer = {
            "",
            "Examples:",
            "  keyferry dead-letters show --reason wrong-context --limit 10",
            "  keyferry dead-letters show migration.yaml --table public.customers --json"
        })
final class ShowCommand implements Callable<Integer> {

    @Mixin
    private LetterOptions options;

    @Option(
            names = "--limit",
            paramLabel = "N",
            defaultValue = "50",
            description = "Show so many letters at the most (default: ${DEFAULT-VALUE}).")
    private int limit;

    @Override
    public Integer call() throws SQLException {
        if (limit < 1) {
            throw new UsageException("--limit takes a number from 1");
        }
        Console console = Console.of(options.json());
        try (Letters letters = Letters.open(options, console)) {
            Deque<DeadLetter> newest = new ArrayDeque<>();
            long[] all = {0};
            letters.read(chunk -> chunk.forEach(letter -> {
                all[0]++;
                newest.addFirst(letter);
                if (newest.size() > limit) {
                    newest.removeLast();
                }
            }));
            List<DeadLetter> shown = List.copyOf(newest);
            List<Map<String, LetterRows.Standing>> standings = standings(letters, shown, console);
            ArrayNode list = JsonNodeFactory.instance.arrayNode();
            for (int i = 0; i < shown.size(); i++) {
                show(shown.get(i), standings.isEmpty() ? Map.of() : standings.get(i), console, list);
            }
            console.line(all[0] == 0 ? "  no dead letters" : "  " + shown.size() + " of " + Figures.count(all[0]));
            if (options.json()) {
                ObjectNode node = JsonNodeFactory.instance
                        .objectNode()
                        .put("migration", letters.migration().name())
                        .put("all", all[0]);
                node.set("letters", list);
                System.out.println(node);
            }
            return ExitCode.DONE;
        }
    }

    /** None where the database cannot say. */
    private static List<Map<String, LetterRows.Standing>> standings(
            Letters letters, List<DeadLetter> shown, Console console) {
        try (LetterRows rows = letters.rows()) {
            return rows.look(shown);
        } catch (SQLException e) {
            console.line("  " + letters.failure(e).getMessage());
        } catch (KeyFerryException e) {
            console.line("  " + e.getMessage());
        }
        return List.of();
    }

    private static void show(
            DeadLetter letter, Map<String, LetterRows.Standing> standings, Console console, ArrayNode list) {
        boolean ofRow = letter.table() != null;
        letter.columns().forEach((column, dead) -> {
            LetterRows.Standing standing = standings.get(column);
            console.line("  " + (ofRow ? letter.table() + " " + letter.key() + " " + column : "(no row)"));
            console.line("    reason   " + dead.reason().word() + ": " + dead.message());
            console.line("    from     " + letter.from() + ", " + letter.deadLetteredAt());
            console.line("    now      " + now(standing));
            ObjectNode node = list.addObject()
                    .put("table", ofRow ? letter.table().toString() : null)
                    .put("column", ofRow ? column : null)
                    .put("reason", dead.reason().word())
                    .put("message", dead.message())
                    .put("deadLetteredAt", letter.deadLetteredAt().toString())
                    .put("stillHeld", isHeld(standing));
            letter.key().forEach(node.putObject("key")::put);
            node.putObject("from")
                    .put("topic", letter.from().topic())
                    .put("partition", letter.from().partition())
                    .put("offset", letter.from().offset());
        });
    }

    private static Boolean isHeld(LetterRows.Standing standing) {
        return standing == null || standing == LetterRows.Standing.NO_ROW
                ? null
                : (Boolean) (standing == LetterRows.Standing.HELD);
    }

    private static String now(LetterRows.Standing standing) {
        if (standing == null) {
            return "not known; the row may have changed since";
        }
        return switch (standing) {
            case HELD -> "the row still holds the value";
            case MOVED_ON -> "the row holds another value, or is gone";
            case NO_ROW -> "names no row of a table in migration.yaml";
        };
    }
}
