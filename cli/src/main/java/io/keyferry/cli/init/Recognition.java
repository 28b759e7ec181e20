package io.keyferry.cli.init;

import io.keyferry.model.CiphertextHeader;
import io.keyferry.model.Encoding;
import java.util.List;
import java.util.Optional;

/** Tells from a stored value alone whether it looks like KMS ciphertext, and in which encoding. */
final class Recognition {

    /** Hexadecimal digits are also base64, so that the narrower alphabet comes first. */
    private static final List<Encoding> OF_TEXT = List.of(Encoding.HEX, Encoding.BASE64, Encoding.BASE64URL);

    private static final int SDK_ALGORITHM_V2_HIGH_COMMITTED = 0x04;
    private static final int SDK_ALGORITHM_V2_HIGH_SIGNED = 0x05;
    private static final int SDK_ALGORITHM_V2_LOW = 0x78;

    private Recognition() {}

    enum Kind {
        KMS,
        ENCRYPTION_SDK
    }

    record Found(Kind kind, Encoding encoding) {}

    static Optional<Found> of(String stored, boolean bytea) {
        List<Encoding> encodings = bytea ? List.of(Encoding.RAW) : OF_TEXT;
        return encodings.stream()
                .flatMap(encoding ->
                        decoded(stored, encoding)
                                .flatMap(Recognition::kind)
                                .map(kind -> new Found(kind, encoding))
                                .stream())
                .findFirst();
    }

    private static Optional<byte[]> decoded(String stored, Encoding encoding) {
        try {
            return Optional.of(encoding.decode(stored));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static Optional<Kind> kind(byte[] bytes) {
        if (CiphertextHeader.identifier(bytes).isPresent()) {
            return Optional.of(Kind.KMS);
        }
        return isSdkMessage(bytes) ? Optional.of(Kind.ENCRYPTION_SDK) : Optional.empty();
    }

    /** Version 1 begins with version and type 0x80; version 2 with the version and one of two algorithm suites. */
    private static boolean isSdkMessage(byte[] bytes) {
        if (bytes.length < 40) {
            return false;
        }
        boolean first = bytes[0] == 1 && (bytes[1] & 0xff) == 0x80;
        boolean second = bytes[0] == 2
                && (bytes[1] == SDK_ALGORITHM_V2_HIGH_COMMITTED || bytes[1] == SDK_ALGORITHM_V2_HIGH_SIGNED)
                && bytes[2] == SDK_ALGORITHM_V2_LOW;
        return first || second;
    }
}
