package io.keyferry.cli.report;

import io.keyferry.cli.terminal.UsageException;
import io.keyferry.model.KeyFerryException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * The files of a report. Each is there whole or not at all.
 *
 * @param sum what {@code sha256sum --check} takes
 */
record ReportFiles(Path html, Path json, Path sum) {

    /**
     * @param output a folder that is there, or what the files' names begin with; null for beside migration.yaml
     * @throws UsageException where the folder that it names is not there
     */
    static ReportFiles of(Path output, Path migrationFile, String migration) {
        String name = migration + ".report";
        Path base = output == null
                ? migrationFile.toAbsolutePath().resolveSibling(name)
                : Files.isDirectory(output) ? output.resolve(name) : output;
        if (!Files.isDirectory(base.toAbsolutePath().getParent())) {
            throw new UsageException("--output: there is no folder "
                    + base.toAbsolutePath().getParent() + "; make it, or name another one");
        }
        return new ReportFiles(with(base, ".html"), with(base, ".json"), with(base, ".json.sha256"));
    }

    private static Path with(Path base, String end) {
        return base.resolveSibling(base.getFileName() + end);
    }

    void write(String page, byte[] record, String sha256) {
        write(json, record);
        write(sum, (sha256 + "  " + json.getFileName() + "\n").getBytes(StandardCharsets.UTF_8));
        write(html, page.getBytes(StandardCharsets.UTF_8));
    }

    private static void write(Path file, byte[] bytes) {
        Path written = with(file, ".new");
        try {
            Files.write(written, bytes);
            Files.move(written, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new KeyFerryException(
                    "The report cannot be written to " + file + ": " + e.getMessage()
                            + ". Choose another place with --output.",
                    e);
        }
    }

    /** In hexadecimal digits. */
    static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
