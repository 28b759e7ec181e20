package io.keyferry.cli.kms;

import io.keyferry.cli.terminal.Figures;
import io.keyferry.kms.RetryListener;
import io.keyferry.kms.Trouble;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says once when calls to KMS begin to fail and when they have recovered, and knows what is wrong now. */
public final class KmsTrouble implements RetryListener {

    /** By then the rate has adapted to what throttling alone leaves. */
    private static final Duration LONG_THROTTLED = Duration.ofSeconds(10);

    private static final Logger log = LoggerFactory.getLogger(KmsTrouble.class);

    private volatile Trouble now;

    @Override
    public void retrying(Trouble trouble) {
        Trouble before = now;
        now = trouble;
        Instant begun = before == null ? null : before.since();
        // throttling is KMS's way to slow us down, and seen in the rate
        if (!trouble.throttled() && !trouble.since().equals(begun)) {
            log.warn(
                    "KMS does not answer as it should and is asked again, for as long as it takes: {}", trouble.what());
        }
    }

    @Override
    public void recovered(Trouble trouble) {
        now = null;
        if (!trouble.throttled()) {
            log.info("KMS answers again");
        }
    }

    /** The same, but for throttling that may be over in a moment. */
    public Optional<String> lasting() {
        return Optional.ofNullable(now)
                .filter(trouble -> !trouble.throttled()
                        || trouble.since().plus(LONG_THROTTLED).isBefore(Instant.now()))
                .flatMap(trouble -> now());
    }

    /** What is wrong now, in words. */
    public Optional<String> now() {
        return Optional.ofNullable(now)
                .map(trouble -> trouble.throttled()
                        ? "KMS throttles"
                        : "KMS is asked again, " + Figures.count(trouble.calls()) + " calls wait: " + trouble.what());
    }
}
