package io.keyferry.cli;

import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** The command in a process of its own, as a user starts it. */
final class KeyferryProcess implements AutoCloseable {

    private static final long END_SECONDS = 120;

    private final Process process;
    private final Path out;
    private final Path err;

    private KeyferryProcess(Process process, Path out, Path err) {
        this.process = process;
        this.out = out;
        this.err = err;
    }

    /** @param folder where it is started */
    static KeyferryProcess start(Path folder, Map<String, String> environment, String... arguments) throws IOException {
        return start(folder, environment, command(arguments));
    }

    /** The same on a terminal, at which somebody types the lines. */
    static KeyferryProcess startOnTerminal(
            Path folder, Map<String, String> environment, List<String> lines, String... arguments) throws IOException {
        String quoted = command(arguments).stream()
                .map(word -> "'" + word.replace("'", "'\\''") + "'")
                .collect(Collectors.joining(" "));
        Map<String, String> withTerminal = new HashMap<>(environment);
        withTerminal.put("TERM", "xterm");
        KeyferryProcess started = start(folder, withTerminal, List.of("script", "-qec", quoted, "/dev/null"));
        // closed only with the process: the end of the input would be typed too
        Writer typed = started.process.outputWriter();
        for (String line : lines) {
            typed.write(line + "\n");
        }
        typed.flush();
        return started;
    }

    private static List<String> command(String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName()));
        command.addAll(List.of(arguments));
        return command;
    }

    private static KeyferryProcess start(Path folder, Map<String, String> environment, List<String> command)
            throws IOException {
        Path out = Files.createTempFile(folder, "keyferry", ".out");
        Path err = Files.createTempFile(folder, "keyferry", ".err");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        builder.environment().putAll(environment);
        return new KeyferryProcess(builder.start(), out, err);
    }

    /** Waits for its end. */
    int exitCode() throws InterruptedException {
        if (!process.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
            throw new AssertionError("keyferry does not end; it said:\n" + out() + err());
        }
        return process.exitValue();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** SIGTERM. */
    void terminate() {
        process.destroy();
    }

    /** SIGKILL. */
    void kill() {
        process.destroyForcibly();
    }

    String out() {
        return read(out);
    }

    String err() {
        return read(err);
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
