package io.keyferry.model.file;

/**
 * One thing that is wrong with a configuration file; it never repeats what may be secret.
 *
 * @param path where in the file, such as {@code tables[1].columns[0].encoding}; empty for the file as a whole
 * @param line counted from 1; 0 where there is none
 * @param wrong what is wrong there
 * @param expected what should be there
 */
public record Problem(String path, int line, String wrong, String expected) {

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(path);
        if (line > 0) {
            text.append(path.isEmpty() ? "line " : " (line ").append(line).append(path.isEmpty() ? "" : ")");
        }
        if (!text.isEmpty()) {
            text.append(": ");
        }
        return text.append(wrong).append("; expected ").append(expected).toString();
    }
}
