package io.keyferry.cli;

import io.keyferry.cli.demo.DemoApplication;
import io.keyferry.cli.demo.DemoKeys;
import io.keyferry.cli.demo.DemoProof;
import io.keyferry.cli.demo.DemoTable;
import io.keyferry.cli.demo.LiveFigures;
import io.keyferry.cli.demo.ProofFindings;
import io.keyferry.cli.terminal.Console;
import io.keyferry.cli.terminal.ExitCode;
import io.keyferry.cli.terminal.Figures;
import io.keyferry.cli.terminal.Interruptible;
import io.keyferry.cli.terminal.UsageException;
import io.keyferry.cli.terminal.Version;
import io.keyferry.sandbox.Sandbox;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code keyferry demo}: a whole migration in the sandbox, under a live application, with a proof at the end. */
@Command(
        name = "demo",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description = "Shows a whole migration: a sandbox, a table of customers, a live application that keeps writing,"
                + " and a proof that every value decrypts in the other Region.",
        footer = {
            "",
            "Examples:",
            "  keyferry demo",
            "  keyferry demo --rows 200000 --live-writes-per-second 500",
            "  keyferry demo --json",
            "",
            "The commands are its parts, each in a process of its own, on servers that are there: see docs/docker.md."
        },
        subcommands = {DemoSeedCommand.class, DemoLiveCommand.class, DemoProveCommand.class})
final class DemoCommand implements Callable<Integer> {

    private static final Duration TIMEOUT = Duration.ofMinutes(30);

    @ParentCommand
    private Interruptible main;

    @Option(names = "--rows", defaultValue = "20000", description = "Customers in the table (${DEFAULT-VALUE}).")
    private int rows;

    @Option(
            names = "--live-writes-per-second",
            defaultValue = "200",
            description = "What the live application writes meanwhile (${DEFAULT-VALUE}).")
    private int liveWrites;

    @Option(names = "--json", description = "Print the figures as one JSON object on standard output.")
    private boolean json;

    Interruptible main() {
        return main;
    }

    @Override
    public Integer call() throws Exception {
        if (rows < 1 || liveWrites < 1) {
            throw new UsageException("--rows and --live-writes-per-second take a number from 1");
        }
        Console console = Console.of(json);
        DemoStory story = new DemoStory(console);
        story.tell("Starting PostgreSQL, Kafka and a local KMS with two Regions");
        try (Sandbox sandbox = Sandbox.start(null)) {
            DemoMigration demo = new DemoMigration(sandbox, console);
            return run(demo, sandbox, story);
        }
    }

    private int run(DemoMigration demo, Sandbox sandbox, DemoStory story) throws Exception {
        DemoKeys keys = demo.keys();
        DemoTable table = new DemoTable(
                sandbox.postgres()::connect,
                (plaintext, context) -> sandbox.kms().provisioning().encrypt(keys.source(), plaintext, context));
        table.create();
        var committed = table.fill(rows);
        story.tell(Figures.count(rows) + " customers, two columns each under the single-Region key "
                + DemoStory.shortened(keys.source()));
        try (DemoApplication application =
                new DemoApplication(sandbox.postgres()::connect, demo.home(), keys, committed)) {
            application.start(liveWrites);
            story.tell("A live application writes " + Figures.count(liveWrites) + " rows a second under that key");
            DemoFigures figures;
            try (DemoMigration.Running migration = demo.start(main.interruption())) {
                story.tell("The migration runs: snapshot, stream-processor, sink");
                if (!migration.await(Until.CAUGHT_UP, TIMEOUT, main.interruption())) {
                    return interruptedOrLate(story, application);
                }
                LiveFigures before = application.figures();
                story.tell("Caught up: only what the application writes right now is still under the old key");
                application.switchToTargetKey();
                story.tell("After " + Figures.count(before.writes())
                        + " live writes the application switches to the multi-Region key");
                if (!migration.await(Until.DRAINED, TIMEOUT, main.interruption())) {
                    return interruptedOrLate(story, application);
                }
                LiveFigures live = application.stop();
                story.tell("Drained: no value is under the old key. The application has made "
                        + Figures.count(live.writes()) + " writes and stops");
                figures = new DemoFigures(migration.summary(), live);
            }
            ProofFindings found =
                    new DemoProof(sandbox.postgres()::connect, demo.home(), demo.secondRegion(), keys).run(committed);
            return prove(story, figures, found, sandbox.replicaRegion());
        }
    }

    private int prove(DemoStory story, DemoFigures figures, ProofFindings found, String region) {
        boolean good = found.undecryptable() == 0 && found.lostWrites() == 0 && found.remaining() == 0;
        story.tell("The old key is disabled, and every row is decrypted in " + region + ": "
                + Figures.count(found.rows()) + " rows, " + Figures.count(found.values()) + " values, "
                + found.undecryptable() + " undecryptable, " + found.lostWrites() + " lost writes, "
                + found.remaining() + " remaining");
        found.examples().forEach(example -> story.tell("  " + example));
        figures.print(story);
        story.tell(good ? "Every value is what the application last wrote." : "The proof failed.");
        if (json) {
            System.out.println(figures.json(found, story.took()));
        }
        return good ? 0 : ExitCode.FAILED;
    }

    private int interruptedOrLate(DemoStory story, DemoApplication application) {
        application.stop();
        if (main.interruption().isAsked()) {
            return ExitCode.INTERRUPTED;
        }
        story.tell("The migration did not get there within " + Figures.duration(TIMEOUT));
        return ExitCode.FAILED;
    }
}
