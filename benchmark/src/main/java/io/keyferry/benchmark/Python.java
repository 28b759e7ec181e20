package io.keyferry.benchmark;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A Python that has what the scripts of {@link BlogScript} import. */
final class Python {

    /** Debian's packages are for Debian's own Python, which need not be the first one on the PATH. */
    private static final List<String> CANDIDATES = List.of("python3", "/usr/bin/python3");

    private final String command;

    private Python(String command) {
        this.command = command;
    }

    /** Empty where none can import boto3 and psycopg2. */
    static Optional<Python> find() throws InterruptedException {
        for (String candidate : CANDIDATES) {
            try {
                Process process = new ProcessBuilder(candidate, "-c", "import boto3, psycopg2")
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start();
                if (process.waitFor() == 0) {
                    return Optional.of(new Python(candidate));
                }
            } catch (IOException e) {
                // there is none of that name
                continue;
            }
        }
        return Optional.empty();
    }

    /** Runs one of our scripts to its end and gives the seconds that it prints. */
    double run(String script, Path folder, Map<String, String> environment, String... arguments)
            throws IOException, InterruptedException {
        Path file = folder.resolve(script);
        try (InputStream source = Python.class.getResourceAsStream(script)) {
            Files.copy(source, file);
        }
        Path complaints = folder.resolve(script + ".err");
        ProcessBuilder builder = new ProcessBuilder(command, file.toString()).redirectError(complaints.toFile());
        builder.command().addAll(List.of(arguments));
        builder.environment().putAll(environment);
        Process process = builder.start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        if (process.waitFor() != 0) {
            throw new BenchmarkException(script + " ended with exit code " + process.exitValue() + "; it said:\n"
                    + Files.readString(complaints));
        }
        return Double.parseDouble(out);
    }
}
