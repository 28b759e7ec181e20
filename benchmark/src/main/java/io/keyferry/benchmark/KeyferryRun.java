package io.keyferry.benchmark;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** keyferry in a process of its own, as a user starts it. Used by one thread. */
final class KeyferryRun implements AutoCloseable {

    private static final Duration LOOK = Duration.ofMillis(20);

    private final Process process;
    private final Path out;
    private final Path err;
    private final long begun = System.nanoTime();

    private KeyferryRun(Process process, Path out, Path err) {
        this.process = process;
        this.out = out;
        this.err = err;
    }

    static KeyferryRun start(List<String> command, Path folder, Map<String, String> environment) throws IOException {
        Path out = folder.resolve("out");
        Path err = folder.resolve("err");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        builder.environment().putAll(environment);
        return new KeyferryRun(builder.start(), out, err);
    }

    /** The JSON it has printed, once it has ended well. */
    JsonNode result(Duration atMost) throws IOException, InterruptedException {
        if (!process.waitFor(atMost.toMillis(), TimeUnit.MILLISECONDS)) {
            throw failure("did not end within " + atMost.toSeconds() + " s");
        }
        if (process.exitValue() != 0) {
            throw failure("ended with exit code " + process.exitValue());
        }
        return new ObjectMapper().readTree(Files.readString(out));
    }

    /** Fails where it has ended, which it should not have. */
    void mustRun() throws IOException {
        if (!process.isAlive()) {
            throw failure("ended with exit code " + process.exitValue());
        }
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** What it has told people so far. */
    String told() throws IOException {
        return Files.readString(err);
    }

    /** Returns when it has told people this. */
    void awaitTold(String words, Duration atMost) throws IOException, InterruptedException {
        while (!told().contains(words)) {
            mustRun();
            if (since().compareTo(atMost) > 0) {
                throw failure("did not say '" + words + "' within " + atMost.toSeconds() + " s");
            }
            Thread.sleep(LOOK.toMillis());
        }
    }

    /** The JSON it has printed when it was stopped. */
    JsonNode summary() throws IOException {
        return new ObjectMapper().readTree(Files.readString(out));
    }

    Duration since() {
        return Duration.ofNanos(System.nanoTime() - begun);
    }

    /** Processor time it has used so far. */
    Duration processorTime() {
        return process.info().totalCpuDuration().orElse(Duration.ZERO);
    }

    /** The most memory it has had at once, in bytes; 0 where the system does not tell. */
    long peakMemory() throws IOException {
        Path status = Path.of("/proc", String.valueOf(process.pid()), "status");
        if (!Files.exists(status)) {
            return 0;
        }
        return Files.readAllLines(status).stream()
                .filter(line -> line.startsWith("VmHWM:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
                .findFirst()
                .orElse(0);
    }

    private BenchmarkException failure(String what) throws IOException {
        return new BenchmarkException("keyferry " + what + "; it said:\n" + told());
    }

    /** Ends it as an operator does, and waits for that. */
    void stop() {
        process.destroy();
        try {
            if (!process.waitFor(15, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        stop();
    }
}
