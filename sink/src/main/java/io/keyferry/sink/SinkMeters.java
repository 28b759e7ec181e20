package io.keyferry.sink;

import io.keyferry.model.DeadLetter;
import io.keyferry.model.pace.Cause;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Measures the batches that this sink commits, and counts the dead letters in them. Safe for many threads. */
final class SinkMeters {

    private static final Duration[] BUCKETS = {
        Duration.ofMillis(10),
        Duration.ofMillis(20),
        Duration.ofMillis(50),
        Duration.ofMillis(100),
        Duration.ofMillis(200),
        Duration.ofMillis(500),
        Duration.ofSeconds(1),
        Duration.ofSeconds(2),
        Duration.ofSeconds(5),
        Duration.ofSeconds(10),
        Duration.ofSeconds(30)
    };

    private final Timer batches;
    private final DistributionSummary rows;
    private final Map<DeadLetter.Reason, Counter> deadLetters = new EnumMap<>(DeadLetter.Reason.class);

    SinkMeters(MeterRegistry meters, SinkPace pace) {
        Gauge.builder("keyferry.sink.rate.limit", pace::rate)
                .description("Rows a second that the sink may apply now; endless while the database suffers nothing")
                .register(meters);
        for (Cause cause : List.of(Cause.REPLICA_LAG, Cause.SLOT_WAL, Cause.LOCK_WAITS, Cause.WRITE_LATENCY)) {
            Gauge.builder("keyferry.limited", () -> pace.limitedBy().filter(cause::equals).isPresent() ? 1 : 0)
                    .description("1 for what limits the rate at present")
                    .tags("cause", cause.word())
                    .register(meters);
        }
        batches = Timer.builder("keyferry.sink.batch")
                .description("From a batch of the journal to its commit, database and Kafka")
                .serviceLevelObjectives(BUCKETS)
                .register(meters);
        rows = DistributionSummary.builder("keyferry.sink.batch.rows")
                .description("Rewrites in a batch, one row each")
                .register(meters);
        // all reasons from the start, so that the first letter of one can be seen as a rise
        for (DeadLetter.Reason reason : DeadLetter.Reason.values()) {
            deadLetters.put(
                    reason,
                    Counter.builder("keyferry.dead.letters")
                            .description("Dead letters written by this process, by column; one that is written again"
                                    + " after a failure counts again")
                            .tags("stage", "sink", "reason", reason.word())
                            .register(meters));
        }
    }

    /** A batch has been committed. */
    void committed(int rewrites, Duration took, Collection<DeadLetter> letters) {
        batches.record(took);
        rows.record(rewrites);
        letters.forEach(letter -> letter.columns()
                .values()
                .forEach(column -> deadLetters.get(column.reason()).increment()));
    }
}
