package io.keyferry.benchmark;

import io.keyferry.sandbox.Sandbox;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** What this machine's KMS, and the SDK before it, can do at best. */
final class Ceiling {

    private static final int IN_FLIGHT = 200;

    private Ceiling() {}

    /** ReEncrypt calls a second of {@link BareLoop}, at the latency that the local KMS has now. */
    static double measure(Sandbox sandbox, BenchTable table, int calls) throws IOException, InterruptedException {
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
        return Double.parseDouble(out.lines().reduce("", (first, last) -> last));
    }
}
