package io.keyferry.cli.terminal;

import java.io.Console;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/** A question on the terminal, to be answered with yes; Ctrl-C ends the waiting. */
public final class Question {

    private static final long LOOK_MILLIS = 100;

    private Question() {}

    public enum Answer {
        YES,
        NO,
        INTERRUPTED,
        /** There is no terminal to ask on. */
        NOBODY
    }

    public static Answer ask(String question, Interruption interruption) throws InterruptedException {
        Optional<Console> found = Prompt.terminal();
        if (found.isEmpty()) {
            return Answer.NOBODY;
        }
        Console terminal = found.get();
        CompletableFuture<String> answer = new CompletableFuture<>();
        Thread reader =
                new Thread(() -> answer.complete(terminal.readLine("%s [y/N] ", question)), "keyferry-question");
        reader.setDaemon(true);
        reader.start();
        while (!answer.isDone()) {
            if (interruption.await(LOOK_MILLIS)) {
                return Answer.INTERRUPTED;
            }
        }
        try {
            String text = answer.get();
            return text != null && text.strip().toLowerCase(Locale.ROOT).matches("y|yes") ? Answer.YES : Answer.NO;
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        }
    }
}
