package io.keyferry.model.file;

import java.util.Optional;

/**
 * One thing that is wrong with a configuration file, or with a variable that overrides a part of it; it never repeats
 * what may be secret.
 *
 * @param path where in the file, such as {@code tables[1].columns[0].encoding}; empty for the file as a whole
 * @param line counted from 1; 0 where there is none
 * @param variable the environment variable that says what is wrong, where the file does not
 * @param wrong what is wrong there
 * @param expected what should be there
 */
public record Problem(String path, int line, Optional<String> variable, String wrong, String expected) {

    Problem(String path, int line, String wrong, String expected) {
        this(path, line, Optional.empty(), wrong, expected);
    }

    @Override
    public String toString() {
        String place = variable.orElse(line > 0 ? "line " + line : "");
        String where = path.isEmpty() || place.isEmpty() ? path + place : path + " (" + place + ")";
        return (where.isEmpty() ? "" : where + ": ") + wrong + "; expected " + expected;
    }
}
