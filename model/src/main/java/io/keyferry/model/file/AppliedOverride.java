package io.keyferry.model.file;

import java.util.regex.Pattern;

/**
 * A variable that has taken the place of what the file says.
 *
 * @param path where in the file, such as {@code keys.region}
 * @param variable its name, such as {@code KEYFERRY_KEYS_REGION}
 * @param shown its text in one line, without what may be secret
 */
public record AppliedOverride(String path, String variable, String shown) {

    static final String HIDDEN = "(not shown)";

    private static final int LONGEST = 100;
    /** The parameters of a JDBC URL may hold the password of a client key. */
    private static final Pattern PARAMETERS = Pattern.compile("(jdbc:[^?]*\\?).*");

    static AppliedOverride of(String path, String variable, String text) {
        String line = text.strip().replaceAll("[\\s\\p{Cntrl}]+", " ");
        String open = PARAMETERS.matcher(line).replaceFirst("$1…");
        return new AppliedOverride(path, variable, open.length() > LONGEST ? open.substring(0, LONGEST) + "…" : open);
    }
}
