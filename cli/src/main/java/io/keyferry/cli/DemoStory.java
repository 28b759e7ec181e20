package io.keyferry.cli;

import io.keyferry.cli.terminal.Console;
import java.time.Duration;
import java.util.Locale;

/** Tells what happens, line by line, with the seconds since the beginning. */
final class DemoStory {

    private final Console console;
    private final long begun = System.nanoTime();

    DemoStory(Console console) {
        this.console = console;
    }

    void tell(String text) {
        console.line(String.format(Locale.ROOT, "%5.1f s  %s", took().toMillis() / 1000.0, text));
    }

    Duration took() {
        return Duration.ofNanos(System.nanoTime() - begun);
    }

    /** The end of an ARN, which tells keys apart. */
    static String shortened(String arn) {
        return arn.substring(arn.indexOf(":key/") + 1);
    }
}
