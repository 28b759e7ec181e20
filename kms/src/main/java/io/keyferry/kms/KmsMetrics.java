package io.keyferry.kms;

import java.time.Duration;

/**
 * Requests to KMS so far, every attempt counted.
 *
 * @param requests attempts made, those in flight included
 * @param throttled attempts that KMS throttled
 * @param failed other attempts that failed, values that KMS refused included
 * @param inFlight attempts not yet answered
 * @param totalLatency sum over all answered attempts
 * @param longestLatency the slowest of them
 */
public record KmsMetrics(
        long requests, long throttled, long failed, long inFlight, Duration totalLatency, Duration longestLatency) {

    /** The mean over all answered attempts; zero where there are none. */
    public Duration meanLatency() {
        long answered = requests - inFlight;
        return answered <= 0 ? Duration.ZERO : totalLatency.dividedBy(answered);
    }
}
