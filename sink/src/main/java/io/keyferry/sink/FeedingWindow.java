package io.keyferry.sink;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets no more rows into the pipeline than it moves in about three seconds, as measured, so that a live change never queues
 * behind more than that. It must be longer than a row is under way where nothing holds it up, or the window would hold the
 * rate down, and the rate the window. Used by one thread.
 */
final class FeedingWindow {

    private static final Logger log = LoggerFactory.getLogger(FeedingWindow.class);

    static final long LEAST = 1_000;
    static final long MOST = 50_000;

    private static final int SECONDS = 3;

    private static final Duration LOOK = Duration.ofMillis(100);
    /** Looks without a change, after which what seems to be under way may be what was aborted: 2 s. */
    private static final int STUCK = 20;

    private static final Duration RATE_OVER = Duration.ofSeconds(3);
    private static final long TELL_NANOS = Duration.ofMinutes(1).toNanos();

    private final Backlog backlog;
    private final LongSupplier nanos;
    private final Pause pause;
    private final Deque<Reading> readings = new ArrayDeque<>();
    private long fed;
    /** As of the last look, and what was fed since. */
    private long underWay;

    private long looked;
    private int looksAlike;

    /** Counts what is under way; closely, where the count has not changed for long. */
    interface Backlog {
        long count(boolean closely);
    }

    private record Reading(long at, long done) {}

    FeedingWindow(Backlog backlog, LongSupplier nanos, Pause pause) {
        this.backlog = backlog;
        this.nanos = nanos;
        this.pause = pause;
        look();
    }

    /** Returns when there is room for so many rows more, which count as fed from then on. */
    void awaitRoom(long rows) {
        long told = nanos.getAsLong();
        while (!hasRoom(rows)) {
            if (pause.isPaused()) {
                pause.awaitResumed();
                told = nanos.getAsLong();
            }
            if (nanos.getAsLong() - told > TELL_NANOS) {
                told = nanos.getAsLong();
                log.warn(
                        "The reading of the tables has been waiting for a minute for the stream-processor and the sink"
                                + " to apply {} rows",
                        underWay);
            }
            pause.sleep(LOOK);
        }
        fed += rows;
        underWay += rows;
    }

    /** Looks only where it is time to: asking Kafka takes longer than reading a chunk. */
    private boolean hasRoom(long rows) {
        if (nanos.getAsLong() - looked >= LOOK.toNanos() || !fits(rows)) {
            look();
        }
        return fits(rows);
    }

    /** A chunk that is larger than the window passes alone. */
    private boolean fits(long rows) {
        return underWay + rows <= Math.max(size(), rows);
    }

    /** Notes what is under way now, and how much has been done by now. */
    private void look() {
        long before = underWay;
        underWay = backlog.count(looksAlike >= STUCK);
        looksAlike = underWay == before && underWay > 0 && looksAlike < STUCK ? looksAlike + 1 : 0;
        looked = nanos.getAsLong();
        readings.addLast(new Reading(looked, fed - underWay));
        while (readings.size() > 2 && looked - readings.peekFirst().at() > RATE_OVER.toNanos()) {
            readings.removeFirst();
        }
    }

    /** How many rows may be under way. */
    long size() {
        if (readings.size() < 2) {
            return LEAST;
        }
        Reading first = readings.peekFirst();
        Reading last = readings.peekLast();
        double seconds = (last.at() - first.at()) / 1e9;
        double rate = seconds <= 0 ? 0 : (last.done() - first.done()) / seconds;
        return Math.max(LEAST, Math.min(MOST, Math.round(SECONDS * rate)));
    }
}
