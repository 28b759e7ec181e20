package io.keyferry.cli;

import io.keyferry.cli.demo.DemoKeys;
import io.keyferry.cli.demo.DemoTable;
import io.keyferry.cli.demo.EncryptedColumn;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.stream.Collectors;

/** The migration.yaml of a seeded demo. */
record DemoMigrationFile(
        String databaseUrl,
        String secretArn,
        String region,
        String replicaRegion,
        DemoKeys keys,
        String bootstrapServers,
        int maxRequestsPerSecond) {

    String text() {
        StringBuilder text = new StringBuilder("""
                # Made by keyferry demo seed.
                name: demo
                database:
                  url: %s
                  credentials:
                    secretsManager: %s
                keys:
                  region: %s
                  source: [%s]
                  target: %s
                  replicas: [%s]
                  maxRequestsPerSecond: %d
                kafka:
                  bootstrapServers: %s
                tables:
                  - table: %s
                    columns:
                """.formatted(
                        quoted(databaseUrl),
                        secretArn,
                        region,
                        quoted(keys.source()),
                        keys.target(),
                        replicaRegion,
                        maxRequestsPerSecond,
                        quoted(bootstrapServers),
                        DemoTable.NAME));
        for (EncryptedColumn column : EncryptedColumn.values()) {
            text.append("""
                          - column: %s
                            encoding: %s
                            context: {%s}
                    """.formatted(column.column(), column.encoding().word(), context(column.contextTexts())));
        }
        return text.toString();
    }

    private static String context(Map<String, String> texts) {
        return texts.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .map(entry -> entry.getKey() + ": " + quoted(entry.getValue()))
                .collect(Collectors.joining(", "));
    }

    private static String quoted(String text) {
        return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }

    /** Whole or not at all: whoever waits for the file may read it as soon as it is there. */
    void write(Path file) throws IOException {
        Path absolute = file.toAbsolutePath();
        Path written = absolute.resolveSibling(absolute.getFileName() + ".new");
        Files.writeString(written, text());
        Files.move(written, absolute, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }
}
