package io.keyferry.stream;

import io.keyferry.model.DeadLetter;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.EnumMap;
import java.util.Map;

/** Counts the dead letters that this stage writes, by reason. Safe for many threads. */
final class DeadLetterMeter {

    private final Map<DeadLetter.Reason, Counter> counters = new EnumMap<>(DeadLetter.Reason.class);

    /** All reasons from the start, so that the first letter of one can be seen as a rise. */
    DeadLetterMeter(MeterRegistry meters) {
        for (DeadLetter.Reason reason : DeadLetter.Reason.values()) {
            counters.put(
                    reason,
                    Counter.builder("keyferry.dead.letters")
                            .description("Dead letters written by this process, by column; one that is written again"
                                    + " after a failure counts again")
                            .tags("stage", "stream-processor", "reason", reason.word())
                            .register(meters));
        }
    }

    void written(DeadLetter letter) {
        letter.columns()
                .values()
                .forEach(column -> counters.get(column.reason()).increment());
    }
}
