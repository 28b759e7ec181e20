package io.keyferry.sandbox.kms;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;

/** The vault as one JSON file that only its owner may read, always whole: a change is written beside it, then moved. */
final class VaultFile {

    private final Path file;
    private final ObjectMapper json = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    VaultFile(Path folder) {
        this.file = folder.resolve("local-kms.json");
    }

    Vault read() {
        try {
            return Files.exists(file) ? json.readValue(file.toFile(), Vault.class) : Vault.EMPTY;
        } catch (IOException e) {
            throw new UncheckedIOException("the local KMS cannot read its keys from " + file, e);
        }
    }

    void write(Vault vault) {
        try {
            Files.createDirectories(file.getParent());
            Path fresh = Files.createTempFile(file.getParent(), "local-kms", ".tmp", ownerOnly());
            try {
                Files.write(fresh, json.writeValueAsBytes(vault));
                // On disk before it takes the old file's place: a lost key is lost data.
                try (FileChannel channel = FileChannel.open(fresh, StandardOpenOption.WRITE)) {
                    channel.force(true);
                }
                Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(fresh);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the local KMS cannot write its keys to " + file, e);
        }
    }

    private FileAttribute<?>[] ownerOnly() {
        boolean posix = file.getFileSystem().supportedFileAttributeViews().contains("posix");
        return posix
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
                }
                : new FileAttribute<?>[0];
    }
}
