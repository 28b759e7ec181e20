package io.keyferry.sink;

/** Ciphertext of the model: the key, the plaintext, the encryption context, and what makes every encryption another. */
final class ModelValue {

    private static int encryptions;

    private ModelValue() {}

    static String of(boolean sourceKey, String plain, String context) {
        return (sourceKey ? "source|" : "target|") + plain + "|" + context + "|" + ++encryptions;
    }

    static boolean isUnderSource(String stored) {
        return stored.startsWith("source|");
    }

    static String plain(String stored) {
        return stored == null ? null : stored.split("\\|")[1];
    }

    static String context(String stored) {
        return stored.split("\\|")[2];
    }

    /** As KMS does it: with the context given, which must be that of the value. */
    static String reEncrypted(String stored, String context) {
        if (!context(stored).equals(context)) {
            throw new AssertionError(stored + " is not of the context " + context);
        }
        return of(false, plain(stored), context);
    }
}
