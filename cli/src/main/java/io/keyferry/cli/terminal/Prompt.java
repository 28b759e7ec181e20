package io.keyferry.cli.terminal;

import java.io.Console;
import java.util.Optional;

/** Asks on the terminal for a line of text. */
public final class Prompt {

    private Prompt() {}

    /** Where people can be asked: empty where input or output is no terminal. */
    static Optional<Console> terminal() {
        // from JDK 22 on there is a console without a terminal too
        return Optional.ofNullable(System.console()).filter(console -> System.getenv("TERM") != null);
    }

    public static boolean isPossible() {
        return terminal().isPresent();
    }

    /**
     * Waits for a line.
     *
     * @return without space around it; empty where nothing was typed
     * @throws UsageException where the input has ended
     */
    public static String line(String question) {
        String line =
                terminal().map(console -> console.readLine("  %s ", question)).orElse(null);
        if (line == null) {
            throw new UsageException("nobody answers: " + question);
        }
        return line.strip();
    }
}
