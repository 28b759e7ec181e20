package io.keyferry.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.keyferry.cli.terminal.Interruption;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class MainTest {

    private final StringWriter out = new StringWriter();

    private int keyferry(String... arguments) {
        return Main.commandLine(new Interruption())
                .setOut(new PrintWriter(out, true))
                .execute(arguments);
    }

    private static List<String> commands() {
        return List.of(
                "init",
                "policy",
                "check",
                "run",
                "status",
                "pause",
                "resume",
                "throttle",
                "dead-letters",
                "verify",
                "undo",
                "report",
                "clean",
                "sandbox",
                "demo",
                "benchmark");
    }

    @ParameterizedTest
    @MethodSource("commands")
    void everyCommandExplainsItself(String command) {
        int code = keyferry(command, "--help");

        assertThat(code).isZero();
        assertThat(out.toString()).contains("Usage: keyferry " + command).contains("Example");
    }

    @ParameterizedTest
    @MethodSource("commands")
    void everyCommandTellsTheVersion(String command) {
        int code = keyferry(command, "--version");

        assertThat(code).isZero();
        assertThat(out.toString()).startsWith("keyferry ");
    }

    @Test
    void bashCompletesCommandsAndTheirOptions(@TempDir Path folder) throws Exception {
        keyferry("generate-completion");
        Path script = Files.writeString(folder.resolve("completion"), out.toString());

        assertThat(completions(script, "keyferry rep")).containsExactly("replay", "report");
        assertThat(completions(script, "keyferry run --until-")).containsExactly("--until-done");
    }

    private static List<String> completions(Path script, String line) throws Exception {
        Process bash = new ProcessBuilder(
                        "bash",
                        "-c",
                        "source \"$0\"; COMP_WORDS=($1); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); COMP_LINE=$1;"
                                + " COMP_POINT=${#COMP_LINE}; _complete_keyferry; printf '%s\\n' \"${COMPREPLY[@]}\"",
                        script.toString(),
                        line)
                // compopt complains where no completion is under way
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        return new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                .lines()
                .toList();
    }
}
