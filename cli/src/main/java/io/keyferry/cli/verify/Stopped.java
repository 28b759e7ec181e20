package io.keyferry.cli.verify;

/** Somebody ends the command; what was found so far has been counted as far as its place says. */
final class Stopped extends RuntimeException {

    Stopped() {
        super("the verification was ended", null, false, false);
    }
}
