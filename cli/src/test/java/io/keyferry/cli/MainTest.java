package io.keyferry.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.keyferry.cli.terminal.Interruption;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MainTest {

    private final StringWriter out = new StringWriter();

    private int keyferry(String... arguments) {
        return Main.commandLine(new Interruption())
                .setOut(new PrintWriter(out, true))
                .execute(arguments);
    }

    @ParameterizedTest
    @ValueSource(strings = {"run", "status", "pause", "resume", "throttle", "sandbox", "demo", "benchmark"})
    void everyCommandExplainsItself(String command) {
        int code = keyferry(command, "--help");

        assertThat(code).isZero();
        assertThat(out.toString()).contains("Usage: keyferry " + command).contains("Example");
    }

    @ParameterizedTest
    @ValueSource(strings = {"run", "status", "pause", "resume", "throttle", "sandbox", "demo", "benchmark"})
    void everyCommandTellsTheVersion(String command) {
        int code = keyferry(command, "--version");

        assertThat(code).isZero();
        assertThat(out.toString()).startsWith("keyferry ");
    }
}
