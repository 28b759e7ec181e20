package io.keyferry.stream;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A temporary folder for Kafka Streams, which wants one for its locks. Counts are in memory and in their changelog topic,
 * so that nothing in it is needed again.
 */
record StateFolder(Path path) implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(StateFolder.class);

    static StateFolder create() {
        try {
            return new StateFolder(Files.createTempDirectory("keyferry-stream-processor"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        try {
            List<Path> all;
            try (Stream<Path> files = Files.walk(path)) {
                all = files.sorted(Comparator.reverseOrder()).toList();
            }
            for (Path file : all) {
                Files.deleteIfExists(file);
            }
        } catch (IOException | UncheckedIOException e) {
            log.debug("{} is left behind", path, e);
        }
    }
}
