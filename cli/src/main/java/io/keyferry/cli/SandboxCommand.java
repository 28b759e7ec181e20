package io.keyferry.cli;

import io.keyferry.sandbox.Sandbox;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code keyferry sandbox}: PostgreSQL, Kafka and a local KMS to try things with, until Ctrl-C. */
@Command(
        name = "sandbox",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description = "Starts PostgreSQL, Kafka and a local KMS with two Regions on this machine, until Ctrl-C.",
        footer = {"", "Example:", "  keyferry sandbox --data sandbox-data --env-file sandbox.env &", "  . ./sandbox.env"
        })
final class SandboxCommand implements Callable<Integer> {

    @ParentCommand
    private Main main;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "Keep everything in this folder; without it, nothing is kept.")
    private Path data;

    @Option(
            names = "--env-file",
            paramLabel = "FILE",
            description = "Write the export lines to this file too, once everything answers.")
    private Path envFile;

    @Override
    public Integer call() throws IOException, InterruptedException {
        System.err.println("Starting PostgreSQL, Kafka and the local KMS …");
        try (Sandbox sandbox = Sandbox.start(data)) {
            String exports = exports(sandbox.environment());
            System.out.print(exports);
            System.out.flush();
            if (envFile != null) {
                write(exports);
            }
            System.err.println("The sandbox is ready. Ctrl-C ends it"
                    + (data == null ? ", and nothing is kept." : "; " + data + " keeps its data."));
            while (!main.interruption().await(Long.MAX_VALUE)) {
                // only a signal ends it
            }
        }
        return Main.INTERRUPTED;
    }

    private static String exports(Map<String, String> environment) {
        return environment.entrySet().stream()
                .map(variable -> "export " + variable.getKey() + "='"
                        + variable.getValue().replace("'", "'\\''") + "'\n")
                .collect(Collectors.joining());
    }

    /** Whole or not at all: whoever waits for the file may read it as soon as it is there. */
    private void write(String exports) throws IOException {
        Path absolute = envFile.toAbsolutePath();
        Path written = Files.createTempFile(
                absolute.getParent(), absolute.getFileName().toString(), ".new");
        Files.writeString(written, exports);
        if (Files.getFileStore(written).supportsFileAttributeView("posix")) {
            // it holds the password of the sandbox's database
            Files.setPosixFilePermissions(
                    written, EnumSet.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE));
        }
        Files.move(written, absolute, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }
}
