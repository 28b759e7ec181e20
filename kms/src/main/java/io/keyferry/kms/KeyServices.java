package io.keyferry.kms;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import java.time.Clock;
import java.util.concurrent.ThreadLocalRandom;

/** Puts KMS and the decorators together, in the order that makes every attempt pass the rate limit and be counted. */
public final class KeyServices {

    private static final int FEWEST_CONNECTIONS = 50;
    private static final int MOST_CONNECTIONS = 2000;
    /** KMS answers in 5 to 30 ms; at a tenth of a second the ceiling is still reached. */
    private static final int CALLS_A_SECOND_OF_A_CONNECTION = 10;

    private KeyServices() {}

    /**
     * Opens KMS in a Region, with endpoint and credentials from the AWS SDK's own configuration.
     *
     * @param maxRequestsPerSecond ceiling of requests, at least 1
     * @param meters is told how long KMS takes to answer
     */
    public static KmsConnection open(
            String region, int maxRequestsPerSecond, RetryListener listener, MeterRegistry meters) {
        return open(KmsAccess.ofEnvironment(region), maxRequestsPerSecond, listener, meters);
    }

    /** Opens KMS as told, without meters. */
    public static KmsConnection open(KmsAccess access, int maxRequestsPerSecond, RetryListener listener) {
        return open(access, maxRequestsPerSecond, listener, new CompositeMeterRegistry());
    }

    private static KmsConnection open(
            KmsAccess access, int maxRequestsPerSecond, RetryListener listener, MeterRegistry meters) {
        Timer timer = new ThreadTimer();
        MeteredKeyService metered =
                new MeteredKeyService(new AwsKeyService(access, connections(maxRequestsPerSecond)), meters);
        RateLimitedKeyService limited = new RateLimitedKeyService(metered, maxRequestsPerSecond, timer);
        RetryingKeyService retrying = new RetryingKeyService(
                limited,
                new BackOff(() -> ThreadLocalRandom.current().nextDouble()),
                new TroubleWatch(listener, Clock.systemUTC()),
                timer);
        return new KmsConnection(retrying, limited, metered, timer, maxRequestsPerSecond);
    }

    /**
     * The same service, which passes on what KMS has re-encrypted only after both ciphertexts were decrypted and found
     * equal: three requests for a value, each under the service's own limit, retries and counts.
     */
    public static KeyService comparing(KeyService service) {
        return new ComparingKeyService(service);
    }

    private static int connections(int maxRequestsPerSecond) {
        return Math.max(
                FEWEST_CONNECTIONS, Math.min(MOST_CONNECTIONS, maxRequestsPerSecond / CALLS_A_SECOND_OF_A_CONNECTION));
    }
}
