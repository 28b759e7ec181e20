package io.keyferry.cli.demo;

import io.keyferry.kms.KmsAccess;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.kms.KmsAsyncClient;
import software.amazon.awssdk.services.kms.KmsAsyncClientBuilder;
import software.amazon.awssdk.services.kms.model.DecryptResponse;

/** The application's own KMS client in one Region: what an application that knows nothing of KeyFerry would have. */
final class DemoKms implements AutoCloseable {

    private final KmsAsyncClient client;

    /** @param concurrency calls in flight at most; further ones wait */
    DemoKms(KmsAccess access, int concurrency) {
        KmsAsyncClientBuilder builder = KmsAsyncClient.builder()
                .region(Region.of(access.region()))
                .httpClientBuilder(NettyNioAsyncHttpClient.builder()
                        .maxConcurrency(concurrency)
                        .maxPendingConnectionAcquires(Integer.MAX_VALUE));
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

    private static String text(DecryptResponse response) {
        return response.plaintext().asUtf8String();
    }

    @Override
    public void close() {
        client.close();
    }
}
