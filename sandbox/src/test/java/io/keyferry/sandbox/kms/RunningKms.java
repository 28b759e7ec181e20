package io.keyferry.sandbox.kms;

import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.client.builder.AwsClientBuilder;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.kms.KmsAsyncClient;
import software.amazon.awssdk.services.kms.KmsClient;
import software.amazon.awssdk.services.kms.model.CreateKeyRequest;
import software.amazon.awssdk.services.secretsmanager.SecretsManagerClient;

/** A local KMS for the tests of a class, and real AWS clients of it that do not retry. */
final class RunningKms implements BeforeAllCallback, AfterEachCallback, AfterAllCallback {

    static final String OREGON = "us-west-2";
    static final String VIRGINIA = "us-east-1";

    private final List<AutoCloseable> open = new ArrayList<>();
    private LocalKms server;

    @Override
    public void beforeAll(ExtensionContext context) {
        server = LocalKms.start(0, null);
    }

    @Override
    public void afterEach(ExtensionContext context) {
        server.faults().clear();
        server.latency(Duration.ZERO, Duration.ZERO);
        server.quota(Double.POSITIVE_INFINITY);
        server.replication(Duration.ZERO);
        server.resetCounters();
    }

    @Override
    public void afterAll(ExtensionContext context) throws Exception {
        for (AutoCloseable closeable : open) {
            closeable.close();
        }
        server.close();
    }

    LocalKms server() {
        return server;
    }

    KmsClient client(String region) {
        return register(client(server.endpoint(), region));
    }

    static KmsClient client(URI endpoint, String region) {
        return configured(KmsClient.builder(), endpoint, region).build();
    }

    KmsAsyncClient asyncClient(String region) {
        return register(asyncClient(server.endpoint(), region));
    }

    static KmsAsyncClient asyncClient(URI endpoint, String region) {
        return configured(KmsAsyncClient.builder(), endpoint, region)
                .httpClientBuilder(NettyNioAsyncHttpClient.builder()
                        .maxConcurrency(1_000)
                        .maxPendingConnectionAcquires(100_000)
                        .connectionAcquisitionTimeout(Duration.ofSeconds(60)))
                .build();
    }

    SecretsManagerClient secrets(String region) {
        return register(secrets(server.endpoint(), region));
    }

    static SecretsManagerClient secrets(URI endpoint, String region) {
        return configured(SecretsManagerClient.builder(), endpoint, region).build();
    }

    private <C extends AutoCloseable> C register(C client) {
        open.add(client);
        return client;
    }

    private static <B extends AwsClientBuilder<B, ?>> B configured(B builder, URI endpoint, String region) {
        return builder.endpointOverride(endpoint)
                .region(Region.of(region))
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("test", "test")))
                .overrideConfiguration(o -> o.retryStrategy(AwsRetryStrategy.doNotRetry()));
    }

    /** The ARN of a new single-Region key. */
    static String newKey(KmsClient kms) {
        return kms.createKey().keyMetadata().arn();
    }

    /** The ARN of a new multi-Region primary key. */
    static String newMultiRegionKey(KmsClient kms) {
        return kms.createKey(CreateKeyRequest.builder().multiRegion(true).build())
                .keyMetadata()
                .arn();
    }

    static byte[] encrypt(KmsClient kms, String key, String plaintext, Map<String, String> context) {
        return kms.encrypt(r -> r.keyId(key)
                        .plaintext(SdkBytes.fromUtf8String(plaintext))
                        .encryptionContext(context))
                .ciphertextBlob()
                .asByteArray();
    }

    static String decrypt(KmsClient kms, byte[] ciphertext, Map<String, String> context) {
        return kms.decrypt(r ->
                        r.ciphertextBlob(SdkBytes.fromByteArray(ciphertext)).encryptionContext(context))
                .plaintext()
                .asUtf8String();
    }
}
