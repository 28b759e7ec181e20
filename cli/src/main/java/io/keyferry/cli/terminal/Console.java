package io.keyferry.cli.terminal;

import java.io.PrintStream;

/** Where a command speaks to people; with {@code --json}, standard output is left to the one JSON object. */
public final class Console {

    private final PrintStream people;
    private final boolean terminal;
    private int open;

    private Console(PrintStream people, boolean terminal) {
        this.people = people;
        this.terminal = terminal;
    }

    public static Console of(boolean json) {
        return new Console(json ? System.err : System.out, System.console() != null && System.getenv("TERM") != null);
    }

    public boolean isTerminal() {
        return terminal;
    }

    public synchronized void line(String text) {
        clear();
        people.println(text);
        people.flush();
    }

    /** Lines at the end of a terminal, which the next ones take the place of. */
    public synchronized void replace(java.util.List<String> lines) {
        clear();
        lines.forEach(people::println);
        people.flush();
        open = lines.size();
    }

    private void clear() {
        if (open > 0) {
            people.print("\u001b[" + open + "A\u001b[J");
            open = 0;
        }
    }
}
