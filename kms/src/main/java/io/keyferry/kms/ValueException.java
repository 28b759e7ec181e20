package io.keyferry.kms;

import io.keyferry.model.KeyFerryException;

/** KMS refused this one value; the next one may well pass. */
public final class ValueException extends KeyFerryException {

    /** What KMS said. */
    public enum Kind {
        /** Not ciphertext, altered, or a wrong encryption context: KMS does not tell these apart. */
        INVALID_CIPHERTEXT,
        /** Encrypted under another key than the one the call was pinned to. */
        INCORRECT_KEY,
        /** What KMS re-encrypted does not decrypt to what it was made from. */
        DIFFERENT_PLAINTEXT
    }

    private final Kind kind;

    public ValueException(Kind kind, String message, Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }
}
