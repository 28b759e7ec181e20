package io.keyferry.cli.report;
/** One thing that must be so before the source keys can go. @param text what is so, or what is missing and what to do */
public record ReadinessItem(String name, State state, String text) {
    /** Whether it is so. */
    public enum State {
        DONE,
        NOT_YET,
        UNKNOWN
    }
}
