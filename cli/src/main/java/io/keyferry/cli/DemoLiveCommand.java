package io.keyferry.cli;

import io.keyferry.cli.demo.DemoApplication;
import io.keyferry.cli.demo.LiveFigures;
import io.keyferry.cli.terminal.Console;
import io.keyferry.cli.terminal.ExitCode;
import io.keyferry.cli.terminal.Figures;
import io.keyferry.cli.terminal.UsageException;
import io.keyferry.cli.terminal.Version;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code keyferry demo live}: the demo's application, which writes under the source key until it is ended. */
@Command(
        name = "live",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description =
                "Inserts, updates and deletes customers of a seeded demo under the source key, and reads them back,"
                        + " until Ctrl-C. One at a time.",
        footer = {"", "Example:", "  keyferry demo live --live-writes-per-second 200 migration.yaml"})
final class DemoLiveCommand implements Callable<Integer> {

    private static final long TOLD_MILLIS = 10_000;

    @ParentCommand
    private DemoCommand demo;

    @Parameters(
            paramLabel = "FILE",
            arity = "0..1",
            defaultValue = "migration.yaml",
            description = "What keyferry demo seed has written (${DEFAULT-VALUE}).")
    private Path file;

    @Option(
            names = "--live-writes-per-second",
            defaultValue = "200",
            description = "How much it writes (${DEFAULT-VALUE}).")
    private int liveWrites;

    @Override
    public Integer call() throws InterruptedException {
        if (liveWrites < 1) {
            throw new UsageException("--live-writes-per-second takes a number from 1");
        }
        Console console = Console.of(false);
        DemoServers servers = DemoServers.of(file, console);
        DemoStory story = new DemoStory(console);
        try (DemoApplication application =
                DemoApplication.onSeeded(servers.database(), servers.home(), servers.keys())) {
            application.start(liveWrites);
            story.tell("The live application writes " + Figures.count(liveWrites) + " rows a second under "
                    + DemoStory.shortened(servers.keys().source()));
            while (!demo.main().interruption().await(TOLD_MILLIS)) {
                application.failIfBroken();
                tell(story, application.figures());
            }
            tell(story, application.stop());
        }
        return ExitCode.INTERRUPTED;
    }

    private static void tell(DemoStory story, LiveFigures live) {
        story.tell(Figures.count(live.writes()) + " writes, " + Figures.count(live.reads()) + " rows read back, "
                + live.wrongReads() + " of them wrong"
                + (live.repeated() == 0 ? "" : ", " + Figures.count(live.repeated()) + " attempts repeated"));
    }
}
