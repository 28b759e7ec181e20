package io.keyferry.cli.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.keyferry.cli.terminal.UsageException;
import io.keyferry.model.Migration;
import io.keyferry.model.TableName;
import io.keyferry.sink.ProgressReader.ColumnName;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * What one run of {@code keyferry verify} found, as it wrote it down.
 *
 * @param file where it was read
 * @param database {@code host:port/name} of the database that was looked at
 * @param method {@code decrypt} or {@code re-encrypt}
 * @param sample how many values of each column were looked at; empty for all
 * @param regions in which the values were decrypted
 * @param byKey by column, how many values each key's ARN had
 */
public record VerificationRecord(
        Path file,
        String migration,
        String database,
        Instant began,
        Instant ended,
        String method,
        OptionalLong sample,
        List<String> regions,
        long values,
        long mismatches,
        Map<ColumnName, Map<String, Long>> byKey) {

    private static final int VERSION = 1;
    private static final ObjectMapper MAPPER = new ObjectMapper();

    public VerificationRecord {
        regions = List.copyOf(regions);
        byKey = new TreeMap<>(byKey);
    }

    /**
     * The records that lie beside migration.yaml, the oldest first.
     *
     * @throws UsageException where one of them cannot be read
     */
    public static List<VerificationRecord> beside(Path migrationFile, Migration migration) {
        Path folder = migrationFile.toAbsolutePath().getParent();
        List<Path> files = new ArrayList<>();
        try (Stream<Path> all = Files.list(folder)) {
            all.filter(file -> isRecord(file.getFileName().toString(), migration.name()))
                    .sorted()
                    .forEach(files::add);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return files.stream().map(VerificationRecord::read).toList();
    }

    private static boolean isRecord(String file, String migration) {
        return file.startsWith(migration + ".verification-") && file.endsWith(".json");
    }

    /** @throws UsageException where the file is not there, or is no such record */
    public static VerificationRecord read(Path file) {
        JsonNode node;
        try {
            node = MAPPER.readTree(Files.readAllBytes(file));
        } catch (IOException e) {
            throw new UsageException("the verification record " + file + " cannot be read: "
                    + (Files.isReadable(file) ? "it is no JSON" : "there is no such file, or it may not be read"));
        }
        if (!node.path("v").isInt() || node.path("v").asInt() != VERSION) {
            throw new UsageException("the verification record " + file + " has not format version " + VERSION
                    + ": it was not written by keyferry verify of this version");
        }
        try {
            return new VerificationRecord(
                    file,
                    text(node, "migration"),
                    text(node, "database"),
                    Instant.parse(text(node, "began")),
                    Instant.parse(text(node, "ended")),
                    text(node, "method"),
                    node.hasNonNull("sample") ? OptionalLong.of(number(node, "sample")) : OptionalLong.empty(),
                    regions(node),
                    number(node, "values"),
                    number(node, "mismatchCount"),
                    byKey(node));
        } catch (DateTimeParseException | IllegalArgumentException e) {
            throw new UsageException("the verification record " + file + " was not written by keyferry verify, or was"
                    + " changed: " + e.getMessage());
        }
    }

    private static String text(JsonNode node, String field) {
        if (!node.path(field).isTextual()) {
            throw new IllegalArgumentException("the text '" + field + "' is missing");
        }
        return node.path(field).textValue();
    }

    private static long number(JsonNode node, String field) {
        if (!node.path(field).isIntegralNumber() || node.path(field).asLong() < 0) {
            throw new IllegalArgumentException("the number '" + field + "' is missing");
        }
        return node.path(field).asLong();
    }

    private static List<String> regions(JsonNode node) {
        List<String> regions = new ArrayList<>();
        node.path("regions").forEach(region -> regions.add(region.asText()));
        return regions;
    }

    private static Map<ColumnName, Map<String, Long>> byKey(JsonNode node) {
        Map<ColumnName, Map<String, Long>> columns = new TreeMap<>();
        for (JsonNode table : node.path("tables")) {
            TableName name = TableName.parse(text(table, "table"));
            for (JsonNode column : table.path("columns")) {
                Map<String, Long> keys = new TreeMap<>();
                column.path("byKey")
                        .properties()
                        .forEach(key -> keys.put(key.getKey(), key.getValue().asLong()));
                columns.put(new ColumnName(name, text(column, "column")), keys);
            }
        }
        return columns;
    }

    boolean isComplete() {
        return sample.isEmpty();
    }
}
