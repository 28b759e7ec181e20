package io.keyferry.kms;

import io.keyferry.model.pace.Cause;
import java.util.Optional;

/** KMS as the stages use it, and what can be told of its use. The threads behind it are its own; close ends them. */
public final class KmsConnection implements AutoCloseable {

    private final RetryingKeyService retrying;
    private final RateLimitedKeyService limited;
    private final MeteredKeyService metered;
    private final Timer timer;
    private volatile double share = 1;

    KmsConnection(RetryingKeyService retrying, RateLimitedKeyService limited, MeteredKeyService metered, Timer timer) {
        this.retrying = retrying;
        this.limited = limited;
        this.metered = metered;
        this.timer = timer;
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
    public void share(double share) {
        limited.share(share);
        this.share = share;
    }

    /** The part of the ceiling, 0 to 1, that this connection keeps to at present. */
    public double share() {
        return share;
    }

    /** Requests a second that may leave at present: this connection's share of the ceiling, or less while KMS throttles. */
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
