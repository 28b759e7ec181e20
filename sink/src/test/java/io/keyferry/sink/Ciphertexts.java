package io.keyferry.sink;

import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;

/** Bytes that look like KMS ciphertext: the clear header, and something that tells one value from another. */
enum Ciphertexts {
    SOURCE(0x51),
    TARGET(0x7a),
    /** Of a layout whose header cannot be learnt. */
    UNKNOWN_LAYOUT(-1);

    private static final int LENGTH = 184;

    private final int identifier;

    Ciphertexts(int identifier) {
        this.identifier = identifier;
    }

    byte[] bytes(String value) {
        byte[] bytes = new byte[LENGTH];
        byte[] text = value.getBytes(java.nio.charset.StandardCharsets.UTF_8);
        System.arraycopy(text, 0, bytes, 60, text.length);
        if (identifier >= 0) {
            bytes[0] = 1;
            bytes[1] = 2;
            bytes[2] = 3;
            bytes[4] = 0x78;
            Arrays.fill(bytes, 5, 37, (byte) identifier);
        }
        return bytes;
    }

    /** The header's identifier, as the progress topic has it. */
    String identifier() {
        return HexFormat.of().toHexDigits((byte) identifier).repeat(32);
    }

    String base64(String value) {
        return Base64.getEncoder().encodeToString(bytes(value));
    }

    /** As a {@code bytea} column's text. */
    String raw(String value) {
        return "\\x" + HexFormat.of().formatHex(bytes(value));
    }
}
