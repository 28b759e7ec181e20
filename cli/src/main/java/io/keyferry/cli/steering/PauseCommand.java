package io.keyferry.cli.steering;

import io.keyferry.cli.terminal.Operator;
import io.keyferry.cli.terminal.Version;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code keyferry pause}: everything stands still, wherever it runs. */
@Command(
        name = "pause",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description = {
            "Has every instance of every stage stand still at once, wherever it runs, and after a restart too:",
            "no row is handed on, re-encrypted or written. The replication slot keeps WAL meanwhile."
        },
        footer = {"", "Examples:", "  keyferry pause", "  keyferry pause migration.yaml --json", "  keyferry resume"})
public final class PauseCommand implements Callable<Integer> {

    @Mixin
    private SteeringOptions options;

    @Override
    public Integer call() {
        return options.tell(Instruction.pause(Operator.name()));
    }
}
