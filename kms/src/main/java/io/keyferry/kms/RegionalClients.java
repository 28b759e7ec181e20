package io.keyferry.kms;

import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.core.client.config.SdkAdvancedAsyncClientOption;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.retries.DefaultRetryStrategy;
import software.amazon.awssdk.services.kms.KmsAsyncClient;
import software.amazon.awssdk.services.kms.KmsAsyncClientBuilder;

/** One KMS client per Region, made when first needed, all on the same connections pool, threads and credentials. */
final class RegionalClients implements AutoCloseable {

    private final KmsAccess access;
    private final ExecutorService answers =
            Executors.newFixedThreadPool(2, new DefaultThreadFactory("keyferry-kms-answers", true));
    private final HttpConnections http;
    private final AwsCredentialsProvider credentials;
    private final Map<String, KmsAsyncClient> clients = new ConcurrentHashMap<>();

    /** @param connections closed with these clients */
    RegionalClients(KmsAccess access, HttpConnections connections) {
        this.access = access;
        this.credentials = access.credentials()
                .orElseGet(() -> DefaultCredentialsProvider.builder().build());
        this.http = connections;
    }

    KmsAsyncClient in(String region) {
        return clients.computeIfAbsent(region, this::open);
    }

    private KmsAsyncClient open(String region) {
        KmsAsyncClientBuilder builder = KmsAsyncClient.builder()
                .region(Region.of(region))
                .credentialsProvider(credentials)
                .httpClient(http.client())
                // On Netty's event loop itself, which would be cheaper, the SDK breaks connections: an error answer
                // completes the call before its connection is given back, which cancels the request on it, and with it
                // the next one. Measured with 5,000 error answers: 716 calls lost there, 15 with these threads.
                .asyncConfiguration(
                        a -> a.advancedOption(SdkAdvancedAsyncClientOption.FUTURE_COMPLETION_EXECUTOR, answers))
                // No timeout of the whole call either: each step has one, and the SDK keeps a timer task, and with it
                // the request, for the whole time, however soon the answer came.
                // Retries of the SDK would pass our rate limit unseen and be missing in the counts, and its retry
                // quota gives up in a long outage: RetryingKeyService retries instead.
                .overrideConfiguration(o -> o.retryStrategy(DefaultRetryStrategy.doNotRetry()));
        access.endpoint().ifPresent(builder::endpointOverride);
        return builder.build();
    }

    @Override
    public void close() {
        clients.values().forEach(KmsAsyncClient::close);
        http.close();
        answers.shutdown();
        if (access.credentials().isEmpty() && credentials instanceof DefaultCredentialsProvider own) {
            own.close();
        }
    }
}
