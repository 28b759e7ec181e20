package io.keyferry.database;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** A user whose password is in a file, which may end with a line break. */
final class FileLogin implements LoginSource {

    private final String user;
    private final Path file;

    FileLogin(String user, Path file) {
        this.user = user;
        this.file = file;
    }

    @Override
    public DatabaseLogin read() {
        String password = text().replaceFirst("\\r?\\n\\z", "");
        if (password.isEmpty()) {
            throw new DatabaseException(file + " is empty: " + cure());
        }
        return new DatabaseLogin(user, password);
    }

    private String text() {
        try {
            return Files.readString(file);
        } catch (NoSuchFileException e) {
            throw new DatabaseException("there is no file " + file + ": " + cure(), e);
        } catch (IOException e) {
            throw new DatabaseException(file + " cannot be read (" + e.getMessage() + "): " + cure(), e);
        }
    }

    private String cure() {
        return "it must hold the password of database user " + user + " (database.credentials.passwordFile)";
    }
}
