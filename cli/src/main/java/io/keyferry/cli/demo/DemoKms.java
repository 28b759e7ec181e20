package io.keyferry.cli.demo;

import io.keyferry.kms.KmsAccess;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.core.client.config.SdkAdvancedAsyncClientOption;
import software.amazon.awssdk.http.async.SdkAsyncHttpClient;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.http.nio.netty.SdkEventLoopGroup;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.kms.KmsAsyncClient;
import software.amazon.awssdk.services.kms.KmsAsyncClientBuilder;
import software.amazon.awssdk.services.kms.model.DecryptResponse;

/** The application's own KMS client in one Region: what an application that knows nothing of KeyFerry would have. */
final class DemoKms implements AutoCloseable {

    /** Thousands of calls are started at once, and the last of them waits for all the others. */
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(30);

    private final EventLoopGroup eventLoop = new NioEventLoopGroup(
            Runtime.getRuntime().availableProcessors(), new DefaultThreadFactory("demo-kms", true));
    private final ExecutorService answers = Executors.newFixedThreadPool(2, new DefaultThreadFactory("demo-kms", true));
    private final SdkAsyncHttpClient http;
    private final KmsAsyncClient client;

    /** @param concurrency calls in flight at most; further ones wait */
    DemoKms(KmsAccess access, int concurrency) {
        this.http = NettyNioAsyncHttpClient.builder()
                .eventLoopGroup(SdkEventLoopGroup.create(eventLoop))
                .maxConcurrency(concurrency)
                .maxPendingConnectionAcquires(Integer.MAX_VALUE)
                .connectionAcquisitionTimeout(LONGEST_WAIT)
                .build();
        KmsAsyncClientBuilder builder = KmsAsyncClient.builder()
                .region(Region.of(access.region()))
                .httpClient(http)
                .asyncConfiguration(
                        a -> a.advancedOption(SdkAdvancedAsyncClientOption.FUTURE_COMPLETION_EXECUTOR, answers));
        access.endpoint().ifPresent(builder::endpointOverride);
        access.credentials().ifPresent(builder::credentialsProvider);
        this.client = builder.build();
    }

    CompletableFuture<byte[]> encrypt(String key, String plaintext, Map<String, String> context) {
        return client.encrypt(request -> request.keyId(key)
                        .plaintext(SdkBytes.fromUtf8String(plaintext))
                        .encryptionContext(context))
                .thenApply(response -> response.ciphertextBlob().asByteArrayUnsafe());
    }

    /** Decrypts under whichever key the ciphertext names: without pinning one, as the migration demands. */
    CompletableFuture<String> decrypt(byte[] ciphertext, Map<String, String> context) {
        return client.decrypt(request -> request.ciphertextBlob(SdkBytes.fromByteArrayUnsafe(ciphertext))
                        .encryptionContext(context))
                .thenApply(DemoKms::text);
    }

    /** Decrypts under this key or not at all. */
    CompletableFuture<String> decryptUnder(String key, byte[] ciphertext, Map<String, String> context) {
        return client.decrypt(request -> request.keyId(key)
                        .ciphertextBlob(SdkBytes.fromByteArrayUnsafe(ciphertext))
                        .encryptionContext(context))
                .thenApply(DemoKms::text);
    }

    CompletableFuture<?> disable(String key) {
        return client.disableKey(request -> request.keyId(key));
    }

    CompletableFuture<?> enable(String key) {
        return client.enableKey(request -> request.keyId(key));
    }

    private static String text(DecryptResponse response) {
        return response.plaintext().asUtf8String();
    }

    @Override
    public void close() {
        client.close();
        http.close();
        // The SDK's own event loop takes two seconds to end; what closing has begun is done in far less.
        eventLoop.shutdownGracefully(100, 2000, TimeUnit.MILLISECONDS).awaitUninterruptibly();
        answers.shutdown();
    }
}
