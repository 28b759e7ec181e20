package io.keyferry.kms;

import java.time.Clock;
import java.time.Instant;

/** Counts the calls that have failed and not yet got through, and tells the listener. Safe for many threads. */
final class TroubleWatch {

    private final RetryListener listener;
    private final Clock clock;
    private Trouble trouble;

    TroubleWatch(RetryListener listener, Clock clock) {
        this.listener = listener;
        this.clock = clock;
    }

    /** @param first whether it is the call's first failure */
    synchronized void failed(RetryableKmsException failure, boolean first) {
        long failures = trouble == null ? 0 : trouble.failures();
        int calls = trouble == null ? 0 : trouble.calls();
        Instant since = trouble == null ? clock.instant() : trouble.since();
        trouble = new Trouble(
                failure.getMessage(), failure.isThrottled(), failures + 1, first ? calls + 1 : calls, since);
        listener.retrying(trouble);
    }

    /** A call that had failed has ended. */
    synchronized void ended() {
        trouble = new Trouble(
                trouble.what(), trouble.throttled(), trouble.failures(), trouble.calls() - 1, trouble.since());
        if (trouble.calls() == 0) {
            Trouble over = trouble;
            trouble = null;
            listener.recovered(over);
        }
    }
}
