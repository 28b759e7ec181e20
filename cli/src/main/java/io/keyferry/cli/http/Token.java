package io.keyferry.cli.http;

import io.keyferry.model.Migration;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** What whoever steers from the dashboard has to know. It is never logged, and never part of an answer. */
public final class Token {

    /** The variable that holds it. */
    public static final String VARIABLE = "KEYFERRY_TOKEN";

    /** As a header can carry it, and more than can be guessed. */
    private static final Pattern USABLE = Pattern.compile("[\\x21-\\x7e]{16,512}");

    private static final String EXPECTED =
            "16 to 512 characters without spaces or letters beyond ASCII, such as `openssl" + " rand -hex 16` prints";
    private static final int RANDOM_BYTES = 24;

    private final Optional<byte[]> digest;

    private Token(Optional<byte[]> digest) {
        this.digest = digest;
    }

    /** Nobody knows it, so that nobody may. */
    public static Token none() {
        return new Token(Optional.empty());
    }

    /** @throws IllegalArgumentException where it can be guessed, or no header can carry it */
    public static Token of(String text) {
        if (!USABLE.matcher(text).matches()) {
            throw new IllegalArgumentException("no token");
        }
        return new Token(Optional.of(sha256(text)));
    }

    /**
     * The one that the operator has chosen, in the environment or in a file; empty where there is none.
     *
     * @throws TokenException where there is one that cannot be used
     */
    public static Optional<Token> chosen(Migration.Http http, Map<String, String> environment) {
        Optional<String> variable = Optional.ofNullable(environment.get(VARIABLE))
                .map(String::strip)
                .filter(text -> !text.isEmpty());
        if (variable.isPresent()) {
            return variable.map(text -> usable(text, VARIABLE));
        }
        return http.tokenFile().map(file -> usable(read(file), "the file " + file + " that http.tokenFile names"));
    }

    private static Token usable(String text, String where) {
        try {
            return of(text);
        } catch (IllegalArgumentException e) {
            throw new TokenException(where + " holds no token that can be used; expected " + EXPECTED, e);
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file).strip();
        } catch (IOException e) {
            throw new TokenException(
                    "the file " + file + " that http.tokenFile names cannot be read ("
                            + e.getClass().getSimpleName() + "); expected the dashboard's token in it",
                    e);
        }
    }

    /** One that nobody can guess. */
    public static String random() {
        byte[] bytes = new byte[RANDOM_BYTES];
        new SecureRandom().nextBytes(bytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    /** Whether anybody can know it. */
    boolean isKnown() {
        return digest.isPresent();
    }

    /** Takes as long whatever is given. */
    boolean matches(String given) {
        return digest.filter(known -> MessageDigest.isEqual(known, sha256(given)))
                .isPresent();
    }

    private static byte[] sha256(String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    @Override
    public String toString() {
        return "Token[" + (isKnown() ? "(not shown)" : "none") + "]";
    }
}
