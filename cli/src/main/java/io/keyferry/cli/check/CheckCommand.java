package io.keyferry.cli.check;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.keyferry.cli.configuration.FileParameter;
import io.keyferry.cli.terminal.Console;
import io.keyferry.cli.terminal.ExitCode;
import io.keyferry.cli.terminal.Version;
import io.keyferry.database.JdbcDatabase;
import io.keyferry.kms.KeyServices;
import io.keyferry.kms.KmsConnection;
import io.keyferry.kms.RetryListener;
import io.keyferry.model.Migration;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code keyferry check}: what stands in the way of a migration, over database, KMS and Kafka together. */
@Command(
        name = "check",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description = {
            "Looks at database, keys and Kafka before a migration, and says what is in its way and what cures it.",
            "It changes nothing. Ten values of every column are re-encrypted by KMS, and the answers thrown away."
        },
        footer = {"", "Examples:", "  keyferry check", "  keyferry check migration.yaml --json"})
public final class CheckCommand implements Callable<Integer> {

    @Mixin
    private FileParameter file;

    @Option(names = "--json", description = "Print what was found as one JSON object on standard output.")
    private boolean json;

    @Override
    public Integer call() throws InterruptedException {
        Console console = Console.of(json);
        Migration migration = file.load(console);
        Findings findings = new Findings(finding -> console.line("  " + finding.lines()));
        JdbcDatabase database = JdbcDatabase.of(migration.database());
        Check check = new Check(migration, findings);
        try (KmsConnection kms = KeyServices.open(
                migration.keys().region(),
                migration.keys().maxRequestsPerSecond(),
                RetryListener.NOBODY,
                new CompositeMeterRegistry())) {
            check.run(
                    database,
                    Optional.of(kms.withoutRetries()),
                    migration.changes().isEmpty());
        }
        Estimate estimate = Estimate.of(migration, TableSizes.values(migration.tables(), database));
        check.kafka(file.path(), () -> estimate);
        return tell(migration, findings, estimate, console);
    }

    private int tell(Migration migration, Findings findings, Estimate estimate, Console console) {
        boolean ready = findings.inTheWay().isEmpty();
        long warnings = findings.count(Finding.Mark.WARNING);
        console.line("");
        console.line("  " + estimate);
        console.line(
                ready
                        ? "  " + migration.name() + " can run" + (warnings > 0 ? "; read what is marked !" : "")
                        : "  " + migration.name() + " cannot run yet: cure what is marked ✘");
        if (json) {
            ObjectNode node = new ObjectMapper()
                    .createObjectNode()
                    .put("migration", migration.name())
                    .put("ready", ready);
            node.set("findings", findings.json());
            node.set("estimate", estimate.json());
            System.out.println(node);
        }
        return ready ? ExitCode.DONE : ExitCode.FAILED;
    }
}
