package io.keyferry.cli.letters;

import io.keyferry.cli.terminal.Interruptible;
import io.keyferry.cli.terminal.Interruption;
import io.keyferry.cli.terminal.Version;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code keyferry dead-letters}: what could not be moved, why, and once more. */
@Command(
        name = "dead-letters",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description = "Shows the values that could not be moved, with the cure for each reason, and tries them again.",
        subcommands = {ListCommand.class, ShowCommand.class, RetryCommand.class},
        footer = {
            "",
            "Examples:",
            "  keyferry dead-letters list",
            "  keyferry dead-letters show --reason wrong-context --limit 10",
            "  keyferry dead-letters retry --reason too-long"
        })
public final class DeadLettersCommand implements Runnable, Interruptible {

    @ParentCommand
    private Interruptible main;

    @Spec
    private CommandSpec spec;

    @Override
    public Interruption interruption() {
        return main.interruption();
    }

    /** Without a command: what there is. */
    @Override
    public void run() {
        spec.commandLine().usage(System.out);
    }
}
