package io.keyferry.cli.verify;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.keyferry.model.KeyFerryException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Optional;

/** The files beside migration.yaml: where an unfinished verification stands, and what a finished one has found. */
final class RecordFiles {

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final Path folder;
    private final String name;
    private final Path place;

    /** @param file migration.yaml */
    RecordFiles(Path file, String migration) {
        folder = file.toAbsolutePath().normalize().getParent();
        name = migration;
        place = folder.resolve(migration + ".verify.json");
    }

    Path place() {
        return place;
    }

    /** One that has not ended; empty where there is none. */
    Optional<Verification> unfinished() {
        try {
            JsonNode node = MAPPER.readTree(Files.readString(place));
            if (node.path("v").asInt() != 1 || !node.path("migration").asText().equals(name)) {
                throw unreadable("it is of another version, or of another migration", null);
            }
            return Optional.of(Verification.of(node));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (JsonProcessingException | DateTimeException e) {
            throw unreadable("it is not what KeyFerry wrote", e);
        } catch (IOException e) {
            throw unreadable(e.getMessage(), e);
        }
    }

    private KeyFerryException unreadable(String why, Exception cause) {
        return new KeyFerryException(
                place + ", where the last verification stands, cannot be read: " + why
                        + ". Begin anew with --again, which writes it over.",
                cause);
    }

    /** Puts down where it stands, in place of what was put down before. */
    void save(Verification verification) {
        write(verification.place(), place);
    }

    /**
     * Puts down what it has found, which ends it.
     *
     * @return where
     */
    Path end(Verification verification, Instant now) {
        Path record = folder.resolve(name + ".verification-" + TIME.format(now) + ".json");
        // first the one, then not the other: killed in between, what was found is there
        write(verification.json(now), record);
        try {
            Files.deleteIfExists(place);
        } catch (IOException e) {
            throw new KeyFerryException(
                    place + " cannot be removed: " + e.getMessage() + ". The verification has ended, and is in "
                            + record,
                    e);
        }
        return record;
    }

    /** Whoever reads the file finds it as it was, or as it is to be. */
    private void write(ObjectNode node, Path file) {
        try {
            Path written = file.resolveSibling(file.getFileName() + ".writing");
            try {
                Files.writeString(written, MAPPER.writeValueAsString(node) + "\n");
                Files.move(written, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(written);
            }
        } catch (IOException e) {
            throw new KeyFerryException(
                    file + ", what the verification has found, cannot be written: " + e
                            + ". Put migration.yaml into a folder that can be written to.",
                    e);
        }
    }
}
