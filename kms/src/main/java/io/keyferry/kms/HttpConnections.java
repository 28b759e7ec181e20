package io.keyferry.kms;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.http.async.SdkAsyncHttpClient;
import software.amazon.awssdk.http.crt.AwsCrtAsyncHttpClient;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.http.nio.netty.SdkEventLoopGroup;

/**
 * The connections to KMS: AWS's native client, which takes a quarter less processor time a call than the one on Netty
 * (docs/decisions/0019), and that one where the native library cannot be loaded.
 */
final class HttpConnections implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(HttpConnections.class);

    private static final Duration CONNECT = Duration.ofSeconds(3);
    private static final Duration ANSWER = Duration.ofSeconds(5);
    /** Also ends a call that the SDK forgets: where a connection is refused, some never hear of it (2.57.8, seen). */
    private static final Duration FREE_CONNECTION = Duration.ofSeconds(5);

    private final SdkAsyncHttpClient client;
    private final Runnable closing;

    private HttpConnections(SdkAsyncHttpClient client, Runnable closing) {
        this.client = client;
        this.closing = closing;
    }

    /** @param most how many calls can be in flight at once; HTTP/1.1 needs a connection for each */
    static HttpConnections open(int most) {
        try {
            return nativeOnes(most);
        } catch (LinkageError | RuntimeException e) {
            // a system it is not made for, or a temporary folder that nothing may be executed from
            log.info("AWS's native HTTP client cannot be loaded, so Netty's is used ({})", reason(e));
            return nettys(most);
        }
    }

    private static String reason(Throwable failure) {
        Throwable first = failure;
        while (first.getCause() != null) {
            first = first.getCause();
        }
        return String.valueOf(first.getMessage());
    }

    private static HttpConnections nativeOnes(int most) {
        SdkAsyncHttpClient client = AwsCrtAsyncHttpClient.builder()
                .maxConcurrency(most)
                .connectionAcquisitionTimeout(FREE_CONNECTION)
                .connectionTimeout(CONNECT)
                .tlsNegotiationTimeout(CONNECT)
                // it has no other time limit for an answer: less than a byte a second for so long ends the connection
                .connectionHealthConfiguration(
                        health -> health.minimumThroughputInBps(1L).minimumThroughputTimeout(ANSWER))
                .tcpKeepAliveConfiguration(probe ->
                        probe.keepAliveInterval(Duration.ofSeconds(30)).keepAliveTimeout(Duration.ofSeconds(30)))
                // what an operator has told Java of certificates holds here too
                .useTrustStoreSystemProperties(true)
                .build();
        return new HttpConnections(client, client::close);
    }

    static HttpConnections nettys(int most) {
        EventLoopGroup eventLoop = new NioEventLoopGroup(
                Runtime.getRuntime().availableProcessors(), new DefaultThreadFactory("keyferry-kms", true));
        SdkAsyncHttpClient client = NettyNioAsyncHttpClient.builder()
                .eventLoopGroup(SdkEventLoopGroup.create(eventLoop))
                .maxConcurrency(most)
                // How many calls wait is the caller's to bound; a limit here would only turn waiting into errors.
                .maxPendingConnectionAcquires(Integer.MAX_VALUE)
                .connectionAcquisitionTimeout(FREE_CONNECTION)
                .connectionTimeout(CONNECT)
                .tlsNegotiationTimeout(CONNECT)
                .readTimeout(ANSWER)
                .writeTimeout(ANSWER)
                .tcpKeepAlive(true)
                .build();
        return new HttpConnections(client, () -> {
            client.close();
            eventLoop.shutdownGracefully(100, 2000, TimeUnit.MILLISECONDS).awaitUninterruptibly();
        });
    }

    SdkAsyncHttpClient client() {
        return client;
    }

    @Override
    public void close() {
        closing.run();
    }
}
