package io.keyferry.model;

import java.util.HexFormat;
import java.util.Optional;

/** What the clear header of KMS ciphertext tells, where its layout is the one that is known. */
public final class CiphertextHeader {

    private static final int START = 5;
    private static final int END = START + 32;

    private CiphertextHeader() {}

    /**
     * The identifier of the key material, as hexadecimal digits; empty where the layout is unknown, and KMS must be
     * asked. The layout is not documented: it only groups values whose key KMS has already named.
     */
    public static Optional<String> identifier(byte[] ciphertext) {
        boolean known = ciphertext.length > END
                && ciphertext[0] == 1
                && ciphertext[1] == 2
                && ciphertext[3] == 0
                && ciphertext[4] == 0x78;
        return known ? Optional.of(HexFormat.of().formatHex(ciphertext, START, END)) : Optional.empty();
    }
}
