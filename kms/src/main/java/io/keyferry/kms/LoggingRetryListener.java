package io.keyferry.kms;

import java.time.Duration;
import java.time.Instant;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes trouble with KMS to the log: when it begins, every ten seconds while it lasts, and when it is over. */
public final class LoggingRetryListener implements RetryListener {

    private static final Duration PAUSE = Duration.ofSeconds(10);

    private final Logger log = LoggerFactory.getLogger(LoggingRetryListener.class);
    private Instant toldAt = Instant.EPOCH;

    @Override
    public synchronized void retrying(Trouble trouble) {
        Instant now = Instant.now();
        if (now.isAfter(toldAt.plus(PAUSE))) {
            toldAt = now;
            log.warn(
                    "{}. Trying again: {} calls wait, {} attempts have failed since {}",
                    trouble.what(),
                    trouble.calls(),
                    trouble.failures(),
                    trouble.since());
        }
    }

    @Override
    public synchronized void recovered(Trouble trouble) {
        // Throttling comes and goes many times a second; its end is told only where its beginning was long ago.
        if (!trouble.throttled() || Instant.now().isAfter(toldAt.plus(PAUSE))) {
            log.info("KMS answers again after {} failed attempts since {}", trouble.failures(), trouble.since());
        }
    }
}
