package io.keyferry.benchmark;

import io.keyferry.sandbox.Sandbox;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/**
 * What this machine's KMS, and the SDK before it, can do at best: {@link BareLoop} at the latency that the local KMS has now.
 *
 * @param processorMicros processor time of the loop for each call
 */
record Ceiling(double callsPerSecond, double processorMicros) {

    private static final int IN_FLIGHT = 200;

    static Ceiling measure(Sandbox sandbox, BenchTable table, int calls) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        BareLoop.class.getName(),
                        sandbox.region(),
                        sandbox.sourceKeyArn(),
                        sandbox.targetKeyArn(),
                        table.encrypted("000-00-0001"),
                        String.valueOf(calls),
                        String.valueOf(IN_FLIGHT)))
                .redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment().putAll(sandbox.environment());
        Process process = builder.start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        if (process.waitFor() != 0) {
            throw new BenchmarkException("the bare loop ended with exit code " + process.exitValue());
        }
        String[] figures = out.lines().reduce("", (first, last) -> last).split(" ");
        return new Ceiling(Double.parseDouble(figures[0]), Double.parseDouble(figures[1]));
    }
}
