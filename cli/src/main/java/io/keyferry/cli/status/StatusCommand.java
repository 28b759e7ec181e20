package io.keyferry.cli.status;

import io.keyferry.cli.configuration.FileParameter;
import io.keyferry.cli.kafka.EmbeddedBroker;
import io.keyferry.cli.kafka.ExistingKafka;
import io.keyferry.cli.kafka.KafkaAccess;
import io.keyferry.cli.terminal.Console;
import io.keyferry.cli.terminal.ExitCode;
import io.keyferry.cli.terminal.Interruptible;
import io.keyferry.cli.terminal.Version;
import io.keyferry.database.JdbcDatabase;
import io.keyferry.model.KeyFerryException;
import io.keyferry.model.Migration;
import java.util.concurrent.Callable;
import org.apache.kafka.common.KafkaException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code keyferry status}: how a migration is, looked at from outside. */
@Command(
        name = "status",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description = {
            "Says how the migration is, wherever it runs: what is done, what remains, how fast, who is at work, and what",
            "stands between now and done. It changes nothing."
        },
        footer = {
            "",
            "Examples:",
            "  keyferry status",
            "  keyferry status migration.yaml --watch",
            "  keyferry status --json"
        })
public final class StatusCommand implements Callable<Integer> {

    private static final long MEASURE_MILLIS = 2000;

    @ParentCommand
    private Interruptible main;

    @Mixin
    private FileParameter file;

    @Option(names = "--watch", description = "Look again every two seconds, until Ctrl-C.")
    private boolean watch;

    @Option(names = "--json", description = "Print one JSON object on standard output; with --watch, one a line.")
    private boolean json;

    @Override
    public Integer call() throws InterruptedException {
        Console console = Console.of(json);
        Migration migration = file.load(console);
        if (migration.kafka().isEmpty() && !EmbeddedBroker.isRunning(ExistingKafka.folder(file.path()))) {
            throw new KeyFerryException(
                    "No keyferry run hosts the embedded broker beside " + file.path()
                            + " now, so that nothing goes on, and what was done cannot be read. Start keyferry run, and ask again.");
        }
        try (KafkaAccess kafka = KafkaAccess.of(migration, file.path());
                StatusReader reader = new StatusReader(migration, JdbcDatabase.of(migration.database()), kafka)) {
            // rates are measured
            while (!main.interruption().await(MEASURE_MILLIS)) {
                StatusText text = new StatusText(reader.look());
                if (json) {
                    System.out.println(text.json());
                    System.out.flush();
                } else if (watch && console.isTerminal()) {
                    console.replace(text.lines());
                } else {
                    text.lines().forEach(console::line);
                }
                if (!watch) {
                    return ExitCode.DONE;
                }
            }
            return ExitCode.INTERRUPTED;
        } catch (KafkaException e) {
            throw new KeyFerryException("Kafka does not tell how the migration is: " + e.getMessage(), e);
        }
    }
}
