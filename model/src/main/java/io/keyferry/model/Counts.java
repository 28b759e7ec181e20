package io.keyferry.model;

import java.util.Arrays;

/** How many of each {@link Counter}; immutable. */
public final class Counts {

    public static final Counts NONE = new Counts(new long[Counter.values().length]);

    private final long[] counts;

    private Counts(long[] counts) {
        this.counts = counts;
    }

    /** A copy with one counter changed. */
    public Counts with(Counter counter, long count) {
        long[] copy = counts.clone();
        copy[counter.ordinal()] = count;
        return new Counts(copy);
    }

    public Counts plus(Counter counter, long more) {
        return with(counter, get(counter) + more);
    }

    public Counts plus(Counts other) {
        long[] sum = counts.clone();
        Arrays.setAll(sum, i -> sum[i] + other.counts[i]);
        return new Counts(sum);
    }

    public long get(Counter counter) {
        return counts[counter.ordinal()];
    }

    /** Values with an outcome. */
    public long settled() {
        return get(Counter.REWRITTEN)
                + get(Counter.ALREADY_TARGET)
                + get(Counter.SUPERSEDED)
                + get(Counter.EMPTY)
                + get(Counter.DEAD_LETTERED);
    }

    /** Whether every value seen has its outcome. */
    public boolean balanced() {
        return get(Counter.SEEN) == settled();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Counts that && Arrays.equals(counts, that.counts);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(counts);
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("Counts[");
        for (Counter counter : Counter.values()) {
            text.append(counter == Counter.SEEN ? "" : ", ")
                    .append(counter.word())
                    .append('=')
                    .append(get(counter));
        }
        return text.append(']').toString();
    }
}
