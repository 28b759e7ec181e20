package io.keyferry.sandbox.kms;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;

/** Faults that tests ask for; the first that matches a request befalls it. Safe for many threads. */
public final class Faults {

    /** Matches every operation of both services. */
    public static final String ANY_OPERATION = "*";

    private final List<Rule> rules = new CopyOnWriteArrayList<>();

    Faults() {}

    /** Seen is how many requests have matched, this one included. */
    private interface Aim {
        boolean hits(long seen);
    }

    private record Rule(String operation, Fault fault, Aim aim, AtomicLong seen) {

        boolean hits(String requested) {
            return (operation.equals(ANY_OPERATION) || operation.equals(requested)) && aim.hits(seen.incrementAndGet());
        }
    }

    /** The next requests of an operation ({@code ReEncrypt}, {@link #ANY_OPERATION}) meet the fault, then no more. */
    public void next(int requests, String operation, Fault fault) {
        rules.add(new Rule(operation, fault, seen -> seen <= requests, new AtomicLong()));
    }

    /**
     * A fraction of an operation's requests meet the fault, evenly spread and not at random: 0.25 is every fourth, 1 is
     * all of them.
     */
    public void fraction(double fraction, String operation, Fault fault) {
        if (!(fraction >= 0 && fraction <= 1)) {
            throw new IllegalArgumentException("a fraction is from 0 to 1, not " + fraction);
        }
        Aim aim = seen -> Math.floor(seen * fraction) > Math.floor((seen - 1) * fraction);
        rules.add(new Rule(operation, fault, aim, new AtomicLong()));
    }

    /** No more faults. */
    public void clear() {
        rules.clear();
    }

    Optional<Fault> of(String operation) {
        for (Rule rule : rules) {
            if (rule.hits(operation)) {
                return Optional.of(rule.fault());
            }
        }
        return Optional.empty();
    }
}
