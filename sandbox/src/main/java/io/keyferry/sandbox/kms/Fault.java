package io.keyferry.sandbox.kms;

/** What happens to a request instead of the right answer. */
public sealed interface Fault {

    /** The request is answered with an error, such as {@code KMSInternalException} and 500. */
    record Error(String code, int status, String message) implements Fault {}

    /** The request is never answered; its connection stays open. */
    record Hang() implements Fault {}

    /** The request's connection is closed without an answer. */
    record Cut() implements Fault {}

    /** The request is carried out and answered, but for one field of the answer, which has this text. */
    record WrongField(String name, String text) implements Fault {}

    static Fault error(String code, int status) {
        return new Error(code, status, "An injected fault.");
    }

    static Fault hang() {
        return new Hang();
    }

    /**
     * Such as ReEncrypt's {@code CiphertextBlob}, in base64: ciphertext of another value.
     *
     * @param name of the answer's field; an answer without it, such as an error, stays as it is
     */
    static Fault wrongField(String name, String text) {
        return new WrongField(name, text);
    }

    static Fault cut() {
        return new Cut();
    }
}
