package io.keyferry.model;

import java.util.Base64;
import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * How ciphertext sits in its column. A stored value is the text PostgreSQL casts to the column's type, so that of a
 * {@code bytea} column is {@code \x} and hexadecimal digits.
 */
public enum Encoding {
    /** The bytes themselves, in a {@code bytea} column. */
    RAW {
        @Override
        public byte[] decode(String stored) {
            if (!stored.startsWith("\\x")) {
                throw new IllegalArgumentException("not a bytea in hexadecimal form");
            }
            return HexFormat.of().parseHex(stored, 2, stored.length());
        }

        @Override
        public String encode(byte[] ciphertext, String like) {
            return "\\x" + HexFormat.of().formatHex(ciphertext);
        }
    },
    /** RFC 4648 base64, with or without padding and line breaks. */
    BASE64 {
        @Override
        public byte[] decode(String stored) {
            return Base64.getDecoder().decode(withoutLineBreaks(stored));
        }

        @Override
        public String encode(byte[] ciphertext, String like) {
            return paddedLike(like, Base64.getEncoder()).encodeToString(ciphertext);
        }
    },
    /** RFC 4648 base64 with the URL and file name safe alphabet. */
    BASE64URL {
        @Override
        public byte[] decode(String stored) {
            return Base64.getUrlDecoder().decode(withoutLineBreaks(stored));
        }

        @Override
        public String encode(byte[] ciphertext, String like) {
            return paddedLike(like, Base64.getUrlEncoder()).encodeToString(ciphertext);
        }
    },
    /** Hexadecimal digits of either case, without a prefix. */
    HEX {
        @Override
        public byte[] decode(String stored) {
            return HexFormat.of().parseHex(stored);
        }

        @Override
        public String encode(byte[] ciphertext, String like) {
            HexFormat digits = UPPER_HEX.matcher(like).find() ? HexFormat.of().withUpperCase() : HexFormat.of();
            return digits.formatHex(ciphertext);
        }
    };

    private static final Pattern UPPER_HEX = Pattern.compile("[A-F]");
    private static final Pattern LINE_BREAKS = Pattern.compile("[\\r\\n]+");

    /**
     * The ciphertext in a stored value.
     *
     * @throws IllegalArgumentException where the value is not of this encoding
     */
    public abstract byte[] decode(String stored);

    /**
     * The stored value of a ciphertext, in the style of the value it takes the place of: base64 keeps going without
     * padding where {@code like} does, hexadecimal digits keep their case. Line breaks are not kept: whoever reads
     * base64 with them reads it without.
     */
    public abstract String encode(byte[] ciphertext, String like);

    /** Whether a stored value is NULL or without content, so that there is nothing to re-encrypt. */
    public boolean isEmpty(String stored) {
        return stored == null || stored.isEmpty() || this == RAW && stored.equals("\\x");
    }

    /** The word for this encoding in migration.yaml. */
    public String word() {
        return name().toLowerCase(java.util.Locale.ROOT);
    }

    private static String withoutLineBreaks(String stored) {
        return stored.indexOf('\n') < 0 && stored.indexOf('\r') < 0
                ? stored
                : LINE_BREAKS.matcher(stored).replaceAll("");
    }

    private static Base64.Encoder paddedLike(String like, Base64.Encoder encoder) {
        String old = withoutLineBreaks(like);
        return old.length() % 4 == 0 ? encoder : encoder.withoutPadding();
    }
}
