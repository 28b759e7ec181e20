package io.keyferry.model;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Halts a run when so many records of a topic could not be read that something else must be writing to it. A record
 * counts once, however often it is read. Safe for many threads.
 */
public final class UnreadableLimit {

    private final long limit;
    private final String expected;
    private final Set<DeadLetter.Position> unreadable = ConcurrentHashMap.newKeySet();

    /**
     * @param limit as {@link Migration#maxDeadLetters()}
     * @param expected what the records should have been, in the plural
     */
    public UnreadableLimit(long limit, String expected) {
        this.limit = limit;
        this.expected = expected;
    }

    /** Takes note of a record, and throws where they are too many. */
    public void check(DeadLetter.Position position) {
        unreadable.add(position);
        if (unreadable.size() > limit) {
            throw new KeyFerryException(unreadable.size() + " records, the last of them at " + position + ", are no "
                    + expected + ", more than maxDeadLetters (" + limit + ") allows. Find out what writes to "
                    + position.topic() + " and look at the reasons in the dead-letter topic, or raise maxDeadLetters;"
                    + " nothing is lost.");
        }
    }
}
