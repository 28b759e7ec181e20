package io.keyferry.cli.check;

import java.util.Optional;

/**
 * One line of a check.
 *
 * @param about a word for what was looked at: {@code database}, {@code table}, {@code key}, {@code column}, {@code kafka}, …
 * @param cure what to paste or to do; empty where nothing is wrong
 */
record Finding(Mark mark, String about, String text, Optional<String> cure) {

    /** How it is. */
    enum Mark {
        GOOD("✔", "good"),
        /** The migration works; somebody should know all the same. */
        WARNING("!", "warning"),
        /** A run would fail, or be refused. */
        BAD("✘", "bad");

        private final String sign;
        private final String word;

        Mark(String sign, String word) {
            this.sign = sign;
            this.word = word;
        }

        String sign() {
            return sign;
        }

        String word() {
            return word;
        }
    }
}
