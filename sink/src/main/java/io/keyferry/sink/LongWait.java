package io.keyferry.sink;

import io.keyferry.model.Rewrite;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says of a wait that lasts what is being waited for, and again every while. */
final class LongWait {

    private static final Logger log = LoggerFactory.getLogger(LongWait.class);
    private static final Duration EVERY = Duration.ofSeconds(30);

    private final long begun = System.nanoTime();
    private long told = begun;

    /** @param why continues the naming of the row */
    void tell(Rewrite rewrite, String why) {
        long now = System.nanoTime();
        if (now - told > EVERY.toNanos()) {
            told = now;
            log.warn(
                    "The sink has been waiting for {} s for the row {} of {}, {}",
                    Duration.ofNanos(now - begun).toSeconds(),
                    rewrite.key(),
                    rewrite.table(),
                    why);
        }
    }
}
