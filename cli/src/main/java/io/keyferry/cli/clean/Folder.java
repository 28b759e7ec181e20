package io.keyferry.cli.clean;

import io.keyferry.model.KeyFerryException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** The folder of the embedded broker, removed. */
final class Folder {

    private Folder() {}

    static void remove(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            List<Path> deepestFirst = files.sorted(Comparator.reverseOrder()).toList();
            for (Path file : deepestFirst) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new KeyFerryException(
                    "The folder " + folder + " cannot be removed: " + e.getMessage()
                            + ". All else is done; remove it yourself.",
                    e);
        }
    }
}
