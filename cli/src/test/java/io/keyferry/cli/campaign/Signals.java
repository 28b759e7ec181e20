package io.keyferry.cli.campaign;

import java.io.IOException;

/** Sends the signals that Java has no method for. */
final class Signals {

    private Signals() {}

    /** To a process that may be gone already. */
    static void send(String signal, long pid) {
        try {
            new ProcessBuilder("kill", "-" + signal, String.valueOf(pid))
                    .redirectErrorStream(true)
                    .start()
                    .waitFor();
        } catch (IOException e) {
            throw new AssertionError("no kill command", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
