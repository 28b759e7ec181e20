package io.keyferry.cli.campaign;

import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.kms.KmsAsyncClient;
import software.amazon.awssdk.services.kms.model.IncorrectKeyException;
import software.amazon.awssdk.services.kms.model.InvalidCiphertextException;

/** KMS in the second Region, pinned to the target key's replica: what an application would decrypt with after a failover. */
final class ReplicaKms implements AutoCloseable {

    private final String key;
    private final KmsAsyncClient client;

    ReplicaKms(URI endpoint, String region, String key) {
        this.key = key;
        client = KmsAsyncClient.builder()
                .region(Region.of(region))
                .endpointOverride(endpoint)
                .httpClientBuilder(NettyNioAsyncHttpClient.builder()
                        .maxConcurrency(50)
                        .maxPendingConnectionAcquires(Integer.MAX_VALUE)
                        .connectionAcquisitionTimeout(Duration.ofMinutes(2)))
                .credentialsProvider(
                        StaticCredentialsProvider.create(AwsBasicCredentials.create("campaign", "campaign")))
                .build();
    }

    /** Empty where KMS says that it is not what the key encrypted with this context. */
    CompletableFuture<Optional<String>> decrypt(byte[] ciphertext, Map<String, String> context) {
        return client.decrypt(request -> request.keyId(key)
                        .ciphertextBlob(SdkBytes.fromByteArray(ciphertext))
                        .encryptionContext(context))
                .handle((response, failure) -> {
                    if (failure == null) {
                        return Optional.of(response.plaintext().asUtf8String());
                    }
                    if (failure.getCause() instanceof InvalidCiphertextException
                            || failure.getCause() instanceof IncorrectKeyException) {
                        return Optional.empty();
                    }
                    throw new AssertionError("KMS does not answer", failure);
                });
    }

    @Override
    public void close() {
        client.close();
    }
}
