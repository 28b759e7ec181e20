package io.keyferry.cli.terminal;

/** The command above all others, which hears of signals. */
public interface Interruptible {

    Interruption interruption();
}
