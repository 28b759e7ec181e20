package io.keyferry.model;

/**
 * How a stage is at one moment, for probes and for people.
 *
 * @param live whether it has not failed: one that waits for something is live, and another start would not help it
 * @param ready whether it does its work, or stands by in good order
 * @param detail what it does or waits for, in words; never a value or a secret
 */
public record StageHealth(boolean live, boolean ready, String detail) {

    /** At work, or standing by. */
    public static StageHealth ready(String detail) {
        return new StageHealth(true, true, detail);
    }

    /** Waiting for what will be, or for what a retry can cure. */
    public static StageHealth waiting(String detail) {
        return new StageHealth(true, false, detail);
    }

    /** Ended by what a retry does not cure. */
    public static StageHealth failed(String detail) {
        return new StageHealth(false, false, detail);
    }
}
