package io.keyferry.cli.campaign;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A Java program in an operating system's process of its own, which can be sent signals. */
final class OwnProcess implements AutoCloseable {

    private static final long END_SECONDS = 60;

    private final Process process;

    private OwnProcess(Process process) {
        this.process = process;
    }

    /**
     * Starts a main class of this class path.
     *
     * @param folder where it is started
     * @param log what it prints is added here
     */
    static OwnProcess start(
            Path folder, Path log, Map<String, String> environment, String main, List<String> arguments) {
        return start(folder, log, environment, List.of(), main, arguments);
    }

    /** The same with options for the JVM. */
    static OwnProcess start(
            Path folder,
            Path log,
            Map<String, String> environment,
            List<String> options,
            String main,
            List<String> arguments) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx384m",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC"));
        command.addAll(options);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main));
        command.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        builder.environment().putAll(environment);
        try {
            Process process = builder.start();
            // a campaign that is broken off leaves nobody behind
            Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
            return new OwnProcess(process);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** Only of one that has ended. */
    int exitCode() {
        return process.exitValue();
    }

    /** SIGKILL, to a stopped one too; returns when it is gone. */
    void kill() {
        process.destroyForcibly();
        awaitEnd();
    }

    /** SIGTERM; returns when it has ended by itself. */
    void terminate() {
        askToEnd();
        awaitEnd();
    }

    /** SIGTERM. */
    void askToEnd() {
        process.destroy();
    }

    /** SIGSTOP. */
    void stop() {
        Signals.send("STOP", process.pid());
    }

    /** SIGCONT. */
    void resume() {
        Signals.send("CONT", process.pid());
    }

    void awaitEnd() {
        try {
            if (!process.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
                throw new AssertionError("process " + process.pid() + " does not end within " + END_SECONDS + " s");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
