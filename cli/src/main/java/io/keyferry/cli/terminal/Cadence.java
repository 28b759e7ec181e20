package io.keyferry.cli.terminal;

import java.time.Duration;
import java.util.List;

/** Shows lines about what goes on: in place on a terminal, and one after the other, less often, elsewhere. Used by one thread. */
public final class Cadence {

    private static final Duration REDRAW = Duration.ofMillis(500);
    private static final Duration LINE = Duration.ofSeconds(5);

    private final Console console;
    private long next;

    /** @param first how long nothing is shown */
    public Cadence(Console console, Duration first) {
        this.console = console;
        next = System.nanoTime() + first.toNanos();
    }

    /** Whether it is time to show something. */
    public boolean isDue() {
        return System.nanoTime() - next >= 0;
    }

    public void show(List<String> lines) {
        next = System.nanoTime() + (console.isTerminal() ? REDRAW : LINE).toNanos();
        if (console.isTerminal()) {
            console.replace(lines);
        } else {
            lines.forEach(console::line);
        }
    }
}
