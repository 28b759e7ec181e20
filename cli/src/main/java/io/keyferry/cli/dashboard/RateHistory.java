package io.keyferry.cli.dashboard;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** The rates of the last hour, a sample every five seconds. Used by one thread; what it gives away does not change. */
final class RateHistory {

    static final Duration EVERY = Duration.ofSeconds(5);
    private static final int SAMPLES = (int) (Duration.ofHours(1).toSeconds() / EVERY.toSeconds());

    private final Deque<Sample> samples = new ArrayDeque<>();
    private List<Sample> given = List.of();
    private Totals before;

    /**
     * What has been counted up to a moment.
     *
     * @param nanos of {@link System#nanoTime}
     * @param values that have come to an outcome, of the whole migration
     * @param reEncrypted values that came back from KMS, of the whole migration
     * @param requests attempts of this process
     * @param throttled those of them that KMS throttled
     */
    record Totals(long nanos, long values, long reEncrypted, long requests, long throttled) {}

    /**
     * Rates a second in the five seconds before a moment, as {@link Totals} counts them.
     *
     * @param ceiling requests a second that all instances together may make
     * @param limit the word of what limits it; empty where nothing does
     */
    record Sample(
            Instant at,
            double values,
            double reEncrypted,
            double requests,
            double throttled,
            int ceiling,
            String limit) {}

    /** Takes a sample, if it is time to. */
    void update(Instant at, Totals now, int ceiling, String limit) {
        if (before == null) {
            before = now;
        }
        double seconds = (now.nanos() - before.nanos()) / 1e9;
        if (seconds < EVERY.toSeconds()) {
            return;
        }
        samples.addLast(new Sample(
                at,
                rate(before.values(), now.values(), seconds),
                rate(before.reEncrypted(), now.reEncrypted(), seconds),
                rate(before.requests(), now.requests(), seconds),
                rate(before.throttled(), now.throttled(), seconds),
                ceiling,
                limit));
        if (samples.size() > SAMPLES) {
            samples.removeFirst();
        }
        given = List.copyOf(samples);
        before = now;
    }

    /** A replay takes outcomes back. */
    private static double rate(long before, long now, double seconds) {
        return Math.max(0, now - before) / seconds;
    }

    /** The oldest first. */
    List<Sample> samples() {
        return given;
    }
}
