package io.keyferry.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.keyferry.cli.demo.DemoProof;
import io.keyferry.cli.demo.ProofFindings;
import io.keyferry.cli.demo.RemainingRows;
import io.keyferry.cli.terminal.Console;
import io.keyferry.cli.terminal.ExitCode;
import io.keyferry.cli.terminal.Figures;
import io.keyferry.cli.terminal.Version;
import java.nio.file.Path;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code keyferry demo prove}: waits until a seeded demo is migrated, and proves it with the source key disabled. */
@Command(
        name = "prove",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description = "Waits until no value of a seeded demo is under the source key, disables that key, decrypts every"
                + " row in the second Region, compares it with what the application wrote last, and enables the key"
                + " again. The live application must have stopped: while it writes under the source key, some value"
                + " always is.",
        footer = {"", "Example:", "  keyferry demo prove --timeout 10m migration.yaml"})
final class DemoProveCommand implements Callable<Integer> {

    private static final long LOOK_MILLIS = 2000;

    @ParentCommand
    private DemoCommand demo;

    @Parameters(
            paramLabel = "FILE",
            arity = "0..1",
            defaultValue = "migration.yaml",
            description = "What keyferry demo seed has written (${DEFAULT-VALUE}).")
    private Path file;

    @Option(
            names = "--timeout",
            paramLabel = "TIME",
            defaultValue = "10m",
            description = "How long to wait for the migration (${DEFAULT-VALUE}).")
    private String timeout;

    @Option(names = "--json", description = "Print the findings as one JSON object on standard output.")
    private boolean json;

    @Override
    public Integer call() throws InterruptedException {
        Duration limit = RunCommand.duration(timeout);
        Console console = Console.of(json);
        DemoServers servers = DemoServers.of(file, console);
        DemoStory story = new DemoStory(console);
        RemainingRows remaining = new RemainingRows(servers.database(), servers.secondRegion(), servers.keys());
        for (OptionalLong row = remaining.first(0); row.isPresent(); row = remaining.first(row.getAsLong())) {
            story.tell("Customer " + row.getAsLong() + " is still under the source key");
            if (story.took().compareTo(limit) > 0) {
                story.tell("The migration did not get there within " + Figures.duration(limit)
                        + ". Do the stages run, and has the live application stopped?");
                return ExitCode.FAILED;
            }
            if (demo.main().interruption().await(LOOK_MILLIS)) {
                return ExitCode.INTERRUPTED;
            }
        }
        DemoProof proof = new DemoProof(servers.database(), servers.home(), servers.secondRegion(), servers.keys());
        return tell(story, withoutTheSourceKey(proof), servers.secondRegion().region());
    }

    private static ProofFindings withoutTheSourceKey(DemoProof proof) {
        proof.disableSourceKey();
        try {
            return proof.lookAtSeeded();
        } finally {
            proof.enableSourceKey();
        }
    }

    private int tell(DemoStory story, ProofFindings found, String region) {
        story.tell("With the source key disabled, every row is decrypted in " + region + ": "
                + Figures.count(found.rows()) + " rows, " + Figures.count(found.values()) + " values, "
                + found.undecryptable() + " undecryptable, " + found.lostWrites() + " lost writes, "
                + found.remaining() + " remaining");
        found.examples().forEach(example -> story.tell("  " + example));
        story.tell(found.isPerfect() ? "Every value is what the application last wrote." : "The proof failed.");
        if (json) {
            System.out.println(JsonNodeFactory.instance
                    .objectNode()
                    .put("rows", found.rows())
                    .put("values", found.values())
                    .put("undecryptable", found.undecryptable())
                    .put("lostWrites", found.lostWrites())
                    .put("remaining", found.remaining())
                    .put("seconds", story.took().toMillis() / 1000.0));
        }
        return found.isPerfect() ? 0 : ExitCode.FAILED;
    }
}
