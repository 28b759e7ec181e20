package io.keyferry.kms;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.core.client.config.SdkAdvancedAsyncClientOption;
import software.amazon.awssdk.http.async.SdkAsyncHttpClient;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.http.nio.netty.SdkEventLoopGroup;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.retries.DefaultRetryStrategy;
import software.amazon.awssdk.services.kms.KmsAsyncClient;
import software.amazon.awssdk.services.kms.KmsAsyncClientBuilder;

/** One KMS client per Region, made when first needed, all on the same connections pool, threads and credentials. */
final class RegionalClients implements AutoCloseable {

    private static final Duration CONNECT = Duration.ofSeconds(3);
    private static final Duration ANSWER = Duration.ofSeconds(5);
    /** Also ends a call that the SDK forgets: where a connection is refused, some never hear of it (2.57.8, seen). */
    private static final Duration FREE_CONNECTION = Duration.ofSeconds(5);

    private final KmsAccess access;
    private final EventLoopGroup eventLoop = new NioEventLoopGroup(
            Runtime.getRuntime().availableProcessors(), new DefaultThreadFactory("keyferry-kms", true));
    private final ExecutorService answers =
            Executors.newFixedThreadPool(2, new DefaultThreadFactory("keyferry-kms-answers", true));
    private final SdkAsyncHttpClient http;
    private final AwsCredentialsProvider credentials;
    private final Map<String, KmsAsyncClient> clients = new ConcurrentHashMap<>();

    /** @param connections how many calls can be in flight at once; HTTP/1.1 needs a connection for each */
    RegionalClients(KmsAccess access, int connections) {
        this.access = access;
        this.credentials = access.credentials()
                .orElseGet(() -> DefaultCredentialsProvider.builder().build());
        this.http = NettyNioAsyncHttpClient.builder()
                .eventLoopGroup(SdkEventLoopGroup.create(eventLoop))
                .maxConcurrency(connections)
                // How many calls wait is the caller's to bound; a limit here would only turn waiting into errors.
                .maxPendingConnectionAcquires(Integer.MAX_VALUE)
                .connectionAcquisitionTimeout(FREE_CONNECTION)
                .connectionTimeout(CONNECT)
                .tlsNegotiationTimeout(CONNECT)
                .readTimeout(ANSWER)
                .writeTimeout(ANSWER)
                .tcpKeepAlive(true)
                .build();
    }

    KmsAsyncClient in(String region) {
        return clients.computeIfAbsent(region, this::open);
    }

    private KmsAsyncClient open(String region) {
        KmsAsyncClientBuilder builder = KmsAsyncClient.builder()
                .region(Region.of(region))
                .credentialsProvider(credentials)
                .httpClient(http)
                // On the event loop itself, which would be cheaper, the SDK breaks connections: an error answer
                // completes
                // the call before its connection is given back, which cancels the request on it, and with it the next
                // one. Measured with 5,000 error answers: 716 calls lost there, 15 with these threads.
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
        eventLoop.shutdownGracefully(100, 2000, TimeUnit.MILLISECONDS).awaitUninterruptibly();
        answers.shutdown();
        if (access.credentials().isEmpty() && credentials instanceof DefaultCredentialsProvider own) {
            own.close();
        }
    }
}
