package io.keyferry.sandbox.kms;

/** What happens to a request instead of an answer. */
public sealed interface Fault {

    /** The request is answered with an error, such as {@code KMSInternalException} and 500. */
    record Error(String code, int status, String message) implements Fault {}

    /** The request is never answered; its connection stays open. */
    record Hang() implements Fault {}

    /** The request's connection is closed without an answer. */
    record Cut() implements Fault {}

    static Fault error(String code, int status) {
        return new Error(code, status, "An injected fault.");
    }

    static Fault hang() {
        return new Hang();
    }

    static Fault cut() {
        return new Cut();
    }
}
