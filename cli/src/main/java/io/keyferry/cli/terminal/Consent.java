package io.keyferry.cli.terminal;

import java.util.OptionalInt;

/** Whether a command may do what it has said that it will do. */
public final class Consent {

    private Consent() {}

    /**
     * Asks, unless that has been answered beforehand.
     *
     * @param yes whether {@code --yes} was given
     * @param deed what is consented to, to follow <i>add --yes to</i>
     * @return empty where the command may; otherwise how it ends, having changed nothing
     * @throws UsageException where there is nobody to ask
     */
    public static OptionalInt withheld(
            boolean yes, String question, String deed, Interruption interruption, Console console)
            throws InterruptedException {
        Question.Answer answer = yes ? Question.Answer.YES : Question.ask(question, interruption);
        switch (answer) {
            case YES -> {
                return OptionalInt.empty();
            }
            case NOBODY -> throw new UsageException("there is no terminal to ask on; add --yes to " + deed);
            default -> {
                console.line("  nothing was changed");
                return OptionalInt.of(answer == Question.Answer.INTERRUPTED ? ExitCode.INTERRUPTED : ExitCode.FAILED);
            }
        }
    }
}
