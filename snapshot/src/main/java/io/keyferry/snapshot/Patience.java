package io.keyferry.snapshot;

import io.keyferry.model.StageHealth;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says, now and then, what an engine that makes no progress is waiting for. One thread owns it. */
final class Patience {

    private static final Logger log = LoggerFactory.getLogger(Patience.class);

    private static final Duration WORTH_TELLING = Duration.ofSeconds(30);
    private static final Duration LONG = Duration.ofSeconds(10);

    private final long begun = System.nanoTime();
    private Duration told = Duration.ZERO;

    /** What the engine does or waits for. */
    static StageHealth health(EngineRun engine, ChangePublisher publisher) {
        if (!engine.isReading()) {
            return StageHealth.waiting("Debezium starts; it makes its slot when the transactions open now have ended");
        }
        Duration waiting = publisher.waiting();
        return waiting.compareTo(LONG) > 0
                ? StageHealth.waiting("Kafka has not acknowledged a batch of changes for " + waiting.toSeconds() + " s")
                : StageHealth.ready("reading changes");
    }

    void tell(EngineRun engine, ChangePublisher publisher) {
        Duration waiting = engine.isReading() ? publisher.waiting() : Duration.ofNanos(System.nanoTime() - begun);
        if (waiting.compareTo(told) < 0) {
            told = Duration.ZERO;
        }
        if (waiting.minus(told).compareTo(WORTH_TELLING) < 0) {
            return;
        }
        told = waiting;
        if (engine.isReading()) {
            log.warn("Kafka has not acknowledged a batch of changes for {} s; waiting", waiting.toSeconds());
        } else {
            log.warn(
                    "Debezium has been starting for {} s; its slot can be made only when every transaction that was open"
                            + " has ended: see the oldest xact_start in pg_stat_activity",
                    waiting.toSeconds());
        }
    }
}
