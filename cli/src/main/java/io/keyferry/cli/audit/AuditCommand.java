package io.keyferry.cli.audit;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.keyferry.cli.configuration.FileParameter;
import io.keyferry.cli.kafka.ExistingKafka;
import io.keyferry.cli.terminal.Console;
import io.keyferry.cli.terminal.ExitCode;
import io.keyferry.cli.terminal.Version;
import io.keyferry.model.AuditEntry;
import io.keyferry.model.Migration;
import io.keyferry.model.Topics;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code keyferry audit}: who did what to a migration. */
@Command(
        name = "audit",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description = {
            "Says who paused, resumed, throttled, replayed, retried and undid a migration, and when; the oldest first.",
            "It changes nothing. After keyferry clean, the same is in <name>.audit.jsonl beside migration.yaml."
        },
        footer = {"", "Examples:", "  keyferry audit", "  keyferry audit migration.yaml --json"})
public final class AuditCommand implements Callable<Integer> {

    @Mixin
    private FileParameter file;

    @Option(names = "--json", description = "Print the entries as one JSON object on standard output.")
    private boolean json;

    @Override
    public Integer call() {
        Console console = Console.of(json);
        Migration migration = file.load(console);
        List<AuditEntry> entries;
        try (ExistingKafka kafka = ExistingKafka.open(migration, file.path())) {
            entries = kafka.topics().contains(new Topics(migration.name()).audit())
                    ? new AuditLog(migration, kafka.access()).read()
                    : List.of();
        }
        entries.forEach(entry -> console.line("  " + line(entry)));
        if (entries.isEmpty()) {
            console.line("  nothing yet");
        }
        if (json) {
            System.out.println(json(migration, entries));
        }
        return ExitCode.DONE;
    }

    private static String line(AuditEntry entry) {
        return "%s  %s  %s%s"
                .formatted(
                        entry.at(),
                        entry.by(),
                        entry.action(),
                        entry.details().isEmpty() ? "" : "  " + words(entry.details()));
    }

    private static String words(Map<String, String> details) {
        return new TreeMap<>(details)
                .entrySet().stream()
                        .map(detail -> detail.getKey() + " " + detail.getValue())
                        .collect(Collectors.joining(", "));
    }

    private static ObjectNode json(Migration migration, List<AuditEntry> entries) {
        ObjectNode node = JsonNodeFactory.instance.objectNode().put("migration", migration.name());
        ArrayNode array = node.putArray("entries");
        for (AuditEntry entry : entries) {
            ObjectNode details = array.addObject()
                    .put("at", entry.at().toString())
                    .put("by", entry.by())
                    .put("action", entry.action())
                    .putObject("details");
            new TreeMap<>(entry.details()).forEach(details::put);
        }
        return node;
    }
}
