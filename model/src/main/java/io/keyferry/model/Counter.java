package io.keyferry.model;

import java.util.List;

/**
 * What is counted per column. A value's outcome is one of {@code REWRITTEN} to {@code DEAD_LETTERED}; once a migration
 * has nothing under way, {@code SEEN} is their sum.
 */
public enum Counter {
    /** Values that changes brought: one column of one change each. */
    SEEN("seen"),
    /** Values handed to the sink as rewrites; each becomes rewritten, superseded or dead-lettered there. */
    FORWARDED("forwarded"),
    REWRITTEN("rewritten"),
    ALREADY_TARGET("alreadyTarget"),
    SUPERSEDED("superseded"),
    EMPTY("empty"),
    DEAD_LETTERED("deadLettered");

    /** What becomes of values, in the order in which it is told. */
    public static final List<Counter> OUTCOMES = List.of(REWRITTEN, ALREADY_TARGET, SUPERSEDED, EMPTY, DEAD_LETTERED);

    private final String word;

    Counter(String word) {
        this.word = word;
    }

    /** The name in records and in {@code --json} outputs. */
    public String word() {
        return word;
    }
}
