package io.keyferry.kms;

import io.keyferry.model.pace.Cause;
import java.util.Optional;

/** KMS as the stages use it, and what can be told of its use. The threads behind it are its own; close ends them. */
public final class KmsConnection implements AutoCloseable {

    private final RetryingKeyService retrying;
    private final RateLimitedKeyService limited;
    private final MeteredKeyService metered;
    private final Timer timer;
    private final double ceiling;
    private volatile double share = 1;
    private double throttled = 1;
    private boolean held;

    /** @param ceiling requests a second that are never exceeded */
    KmsConnection(
            RetryingKeyService retrying,
            RateLimitedKeyService limited,
            MeteredKeyService metered,
            Timer timer,
            double ceiling) {
        this.retrying = retrying;
        this.limited = limited;
        this.metered = metered;
        this.timer = timer;
        this.ceiling = ceiling;
    }

    /** Retries what time may cure, for as long as it takes. Closed with this connection. */
    public KeyService service() {
        return retrying;
    }

    /** The same without retries, for checks that must come to an end. Closed with this connection. */
    public KeyService withoutRetries() {
        return limited;
    }

    public KmsMetrics metrics() {
        return metered.metrics();
    }

    /**
     * Has this connection keep to a part of the ceiling from now on: the rest is used by others. At 0 calls wait for
     * another share, or for the end of the connection.
     *
     * @param share 0 to 1; 1 as long as nothing else is said
     */
    public synchronized void share(double share) {
        limit(share, throttled, held);
        this.share = share;
    }

    /**
     * Has this connection and those that share the ceiling with it, each told the same, keep to a lower one from now on.
     *
     * @param requestsPerSecond at least 1; what is above the ceiling is the ceiling
     */
    public synchronized void throttle(int requestsPerSecond) {
        double part = Math.min(1, requestsPerSecond / ceiling);
        limit(share, part, held);
        throttled = part;
    }

    /** While it is held no call leaves: all wait to be let go, or for the end of the connection. */
    public synchronized void hold(boolean hold) {
        limit(share, throttled, hold);
        held = hold;
    }

    private void limit(double share, double throttled, boolean held) {
        limited.share(held ? 0 : share * throttled);
    }

    /** The part of the ceiling, 0 to 1, that this connection keeps to at present. */
    public double share() {
        return share;
    }

    /** Requests a second that may leave at present: this connection's share of what is allowed, or less while KMS throttles. */
    public double currentRate() {
        return limited.currentRate();
    }

    /** What limits the requests at present: ceiling, share or throttling; empty where no call has to wait. */
    public Optional<Cause> limitedBy() {
        return limited.limitedBy();
    }

    /** Ends every call that waits or is in flight with a {@link RetryableKmsException}. */
    @Override
    public void close() {
        retrying.close();
        timer.close();
    }
}
