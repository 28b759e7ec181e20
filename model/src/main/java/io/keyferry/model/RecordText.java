package io.keyferry.model;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;

/** Texts as KeyFerry's records can hold them. */
public final class RecordText {

    /** KMS ciphertext has 6,144 bytes at the most: 12,290 characters as {@code \x} and hexadecimal digits. */
    public static final int LONGEST = 16_384;

    private static final int LONGEST_NAME = 300;

    private RecordText() {}

    /**
     * The text, or its digest in place of one that is longer than any ciphertext of KMS: a record about a value that is too
     * large must not be too large itself. The same for the same text, and for its own result.
     */
    public static String shortened(String text) {
        if (text == null || text.length() <= LONGEST) {
            return text;
        }
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return "sha256:" + HexFormat.of().formatHex(digest) + " of " + text.length() + " characters";
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    static Map<String, String> shortened(Map<String, String> texts) {
        Map<String, String> shortened = new LinkedHashMap<>();
        texts.forEach((name, text) -> shortened.put(name, shortened(text)));
        return Collections.unmodifiableMap(shortened);
    }

    /** Whether no character is half of a surrogate pair, which can neither be stored nor be written as UTF-8. */
    public static boolean isWellFormed(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (Character.isSurrogate(text.charAt(i))) {
                if (i + 1 == text.length() || !Character.isSurrogatePair(text.charAt(i), text.charAt(i + 1))) {
                    return false;
                }
                i++;
            }
        }
        return true;
    }

    /** Whether the text may be a table's or a column's name, and so may stand in a message. */
    public static boolean isName(String text) {
        return text.length() <= LONGEST_NAME && isWellFormed(text);
    }
}
