package io.keyferry.sink;

import io.keyferry.model.StageHealth;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.LongSupplier;

/**
 * What the sink's threads are at, told by them and asked for by anybody. Safe for many threads.
 *
 * <p>The applying thread takes a step every moment, if only to find that there is nothing to read. A step that lasts waits
 * for something, whatever that is: for a lock, for a server that does not answer, for Kafka.
 */
final class SinkActivity {

    private static final Duration LONG = Duration.ofSeconds(15);

    private final Map<String, String> troubles = new ConcurrentSkipListMap<>();
    private final LongSupplier nanos;
    private volatile Step step;

    private record Step(String what, boolean joined, long since) {}

    /** @param nanos the time, as {@link System#nanoTime} gives it */
    SinkActivity(LongSupplier nanos) {
        this.nanos = nanos;
        step = new Step("starting", false, nanos.getAsLong());
    }

    /** The applying thread begins something, of which it is not known whether it comes to an end. */
    void begins(String what) {
        step = new Step(what, step.joined(), nanos.getAsLong());
    }

    /** The applying thread connects anew: it has no partitions until it has joined the group. */
    void connects() {
        step = new Step("connecting to the database and to Kafka", false, nanos.getAsLong());
    }

    /** The applying thread has come round: database and Kafka have answered all it asked them. */
    void comesRound(boolean joined, int partitions) {
        String what = joined ? "applying the journal of " + partitions + " partitions" : "joining its group";
        step = new Step(what, joined, nanos.getAsLong());
    }

    /** A part has lost a connection and tries again. */
    void trouble(String part, String what) {
        troubles.put(part, what);
    }

    /** A part has its connections. */
    void well(String part) {
        troubles.remove(part);
    }

    /** How it is, as long as the stage has not ended. */
    StageHealth health() {
        Map<String, String> now = new TreeMap<>(troubles);
        if (!now.isEmpty()) {
            StringBuilder words = new StringBuilder();
            now.forEach((part, what) -> words.append(words.isEmpty() ? "" : "; ")
                    .append(part)
                    .append(": ")
                    .append(what));
            return StageHealth.waiting(words.toString());
        }
        Step at = step;
        Duration lasts = Duration.ofNanos(nanos.getAsLong() - at.since());
        if (lasts.compareTo(LONG) > 0) {
            return StageHealth.waiting(at.what() + ", for " + lasts.toSeconds() + " s");
        }
        return at.joined() ? StageHealth.ready(at.what()) : StageHealth.waiting(at.what());
    }
}
