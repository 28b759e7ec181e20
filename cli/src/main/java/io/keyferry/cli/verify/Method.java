package io.keyferry.cli.verify;

/** How a value is shown to be readable. */
enum Method {
    /** Decrypt under the target key; the plaintext is overwritten when it has arrived. */
    DECRYPT("decrypt"),
    /** ReEncrypt from the target key to itself, so that no plaintext leaves KMS. */
    RE_ENCRYPT("re-encrypt");

    private final String word;

    Method(String word) {
        this.word = word;
    }

    String word() {
        return word;
    }
}
