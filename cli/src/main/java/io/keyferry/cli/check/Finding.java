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
        /** A run would fail: it is refused. */
        BAD("✘", "bad"),
        /** The same, and it is migration.yaml that is wrong, or does not fit what it names. */
        MISFIT("✘", "bad");

        private final String sign;
        private final String word;

        Mark(String sign, String word) {
            this.sign = sign;
            this.word = word;
        }

        String word() {
            return word;
        }

        boolean isInTheWay() {
            return this == BAD || this == MISFIT;
        }
    }

    /** For people: the line, and what cures it below. */
    String lines() {
        return "%s %-9s %s".formatted(mark.sign, about, indented(text))
                + cure.map(what -> "\n      " + indented(what)).orElse("");
    }

    private static String indented(String text) {
        return text.replace("\n", "\n      ");
    }
}
