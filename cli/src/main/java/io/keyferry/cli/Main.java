package io.keyferry.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The {@code keyferry} command. */
@Command(
        name = "keyferry",
        description = "Moves KMS-encrypted PostgreSQL columns to a multi-Region key while the application keeps running.",
        mixinStandardHelpOptions = true,
        version = "keyferry",
        synopsisSubcommandLabel = "COMMAND")
public final class Main implements Runnable {

    private Main() {}

    public static void main(String[] arguments) {
        System.exit(new CommandLine(new Main()).execute(arguments));
    }

    /** Without a command: what there is. */
    @Override
    public void run() {
        CommandLine.usage(this, System.out);
    }
}
