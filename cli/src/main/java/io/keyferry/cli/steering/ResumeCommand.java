package io.keyferry.cli.steering;

import io.keyferry.cli.terminal.Operator;
import io.keyferry.cli.terminal.Version;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code keyferry resume}: what was paused goes on. */
@Command(
        name = "resume",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description = "Has the migration go on after a pause, where it stopped. A throttle still holds.",
        footer = {"", "Examples:", "  keyferry resume", "  keyferry resume migration.yaml --json"})
public final class ResumeCommand implements Callable<Integer> {

    @Mixin
    private SteeringOptions options;

    @Override
    public Integer call() {
        return options.tell(Instruction.resume(Operator.name()));
    }
}
