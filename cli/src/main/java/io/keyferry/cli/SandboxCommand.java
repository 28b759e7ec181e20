package io.keyferry.cli;

import io.keyferry.cli.terminal.ExitCode;
import io.keyferry.cli.terminal.Interruptible;
import io.keyferry.cli.terminal.UsageException;
import io.keyferry.cli.terminal.Version;
import io.keyferry.sandbox.Sandbox;
import io.keyferry.sandbox.SandboxException;
import io.keyferry.sandbox.kms.LocalKms;
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
        footer = {
            "",
            "Examples:",
            "  keyferry sandbox --data sandbox-data --env-file sandbox.env &",
            "  . ./sandbox.env",
            "  keyferry sandbox --only kms --port 8080 --data kms-data"
        })
final class SandboxCommand implements Callable<Integer> {

    @ParentCommand
    private Interruptible main;

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

    @Option(
            names = "--only",
            paramLabel = "PART",
            description = "kms: start nothing but the local KMS, which then has no keys but those that are made in it.")
    private String only;

    @Option(
            names = "--host",
            description = "With --only kms: the address to listen on (127.0.0.1); 0.0.0.0 for all. Whoever reaches it"
                    + " may use every key.")
    private String host;

    @Option(names = "--port", description = "With --only kms: the port to listen on; any free one where left out.")
    private Integer port;

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (only != null) {
            return kmsAlone();
        }
        if (host != null || port != null) {
            throw new UsageException("--host and --port go with --only kms");
        }
        System.err.println("Starting PostgreSQL, Kafka and the local KMS …");
        try (Sandbox sandbox = Sandbox.start(data)) {
            runUntilInterrupted("The sandbox", sandbox.environment());
        }
        return ExitCode.INTERRUPTED;
    }

    private int kmsAlone() throws IOException, InterruptedException {
        if (!only.equals("kms")) {
            throw new UsageException("--only takes kms, not '" + only + "'");
        }
        try (LocalKms kms = LocalKms.start(host == null ? "127.0.0.1" : host, port == null ? 0 : port, data)) {
            runUntilInterrupted("The local KMS", Sandbox.environment(kms));
        } catch (SandboxException e) {
            throw new UsageException(e.getMessage());
        }
        return ExitCode.INTERRUPTED;
    }

    private void runUntilInterrupted(String what, Map<String, String> environment)
            throws IOException, InterruptedException {
        String exports = exports(environment);
        System.out.print(exports);
        System.out.flush();
        if (envFile != null) {
            write(exports);
        }
        System.err.println(what + " is ready. Ctrl-C ends it"
                + (data == null ? ", and nothing is kept." : "; " + data + " keeps its data."));
        while (!main.interruption().await(Long.MAX_VALUE)) {
            // only a signal ends it
        }
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
