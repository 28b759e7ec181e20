package io.keyferry.kms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.keyferry.sandbox.kms.Fault;
import io.keyferry.sandbox.kms.LocalKms;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.kms.KmsAsyncClient;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class KmsConnectionIT {

    private static final String REGION = "us-west-2";
    private static final String SECOND_REGION = "us-east-1";
    private static final AwsCredentialsProvider CREDENTIALS =
            StaticCredentialsProvider.create(AwsBasicCredentials.create("AKIDEXAMPLE", "example"));
    private static final Map<String, String> CONTEXT = Map.of("customer_id", "42", "purpose", "ssn");

    private final LocalKms kms = LocalKms.start(0, null);
    private final Trail trail = new Trail();
    private KmsAsyncClient sdk;
    private String sourceKey;
    private String targetKey;
    private byte[] ciphertext;

    @BeforeAll
    void open() {
        sdk = client(kms);
    }

    @AfterAll
    void close() {
        sdk.close();
        kms.close();
    }

    @BeforeEach
    void makeKeys() {
        sourceKey = key(false);
        targetKey = key(true);
        ciphertext = encrypted(sourceKey, "078-05-1120");
        kms.resetCounters();
    }

    @AfterEach
    void heal() {
        kms.faults().clear();
        kms.latency(Duration.ZERO, Duration.ZERO);
        kms.quota(Double.POSITIVE_INFINITY);
    }

    @Test
    void reEncryptsUnderTheTargetKeyWithTheSameContext() {
        try (KmsConnection connection = connect(1000)) {
            byte[] result = reEncrypt(connection).join();

            assertThat(sdk.decrypt(request -> request.keyId(targetKey)
                                    .ciphertextBlob(SdkBytes.fromByteArray(result))
                                    .encryptionContext(CONTEXT))
                            .join()
                            .plaintext()
                            .asUtf8String())
                    .isEqualTo("078-05-1120");
        }
    }

    @Test
    void pinsTheSourceKey() {
        try (KmsConnection connection = connect(1000)) {
            byte[] foreign = encrypted(key(false), "078-05-1120");

            assertThatThrownBy(() -> connection
                            .service()
                            .reEncrypt(foreign, sourceKey, targetKey, CONTEXT)
                            .join())
                    .hasCauseInstanceOf(ValueException.class)
                    .cause()
                    .extracting(failure -> ((ValueException) failure).kind())
                    .isEqualTo(ValueException.Kind.INCORRECT_KEY);
        }
    }

    @Test
    void refusesAWrongContextOrWhatIsNoCiphertext() {
        try (KmsConnection connection = connect(1000)) {
            List<CompletableFuture<byte[]>> calls = List.of(
                    connection.service().reEncrypt(ciphertext, sourceKey, targetKey, Map.of("customer_id", "43")),
                    connection.service().reEncrypt(new byte[] {1, 2, 3}, sourceKey, targetKey, CONTEXT),
                    connection.service().reEncrypt(new byte[0], sourceKey, targetKey, CONTEXT),
                    connection.service().reEncrypt(new byte[6145], sourceKey, targetKey, CONTEXT));

            for (CompletableFuture<byte[]> call : calls) {
                assertThat(failure(call))
                        .isInstanceOfSatisfying(
                                ValueException.class,
                                e -> assertThat(e.kind()).isEqualTo(ValueException.Kind.INVALID_CIPHERTEXT));
            }
        }
    }

    @Test
    void namesTheKeyThatCannotBeUsedAndTheCure() {
        try (KmsConnection connection = connect(1000)) {
            sdk.disableKey(request -> request.keyId(sourceKey)).join();
            assertThat(failure(reEncrypt(connection)))
                    .isInstanceOf(KeyException.class)
                    .hasMessageContaining("Source key " + sourceKey + " is disabled")
                    .hasMessageContaining("aws kms enable-key --region us-west-2 --key-id " + sourceKey)
                    .hasMessageNotContaining(targetKey);

            sdk.enableKey(request -> request.keyId(sourceKey)).join();
            sdk.scheduleKeyDeletion(request -> request.keyId(targetKey)).join();
            assertThat(failure(reEncrypt(connection)))
                    .isInstanceOf(KeyException.class)
                    .hasMessageContaining("Target key " + targetKey)
                    .hasMessageContaining("pending deletion")
                    .hasMessageNotContaining(sourceKey);

            String missing = targetKey.substring(0, targetKey.length() - 4) + "0000";
            assertThat(failure(connection.service().reEncrypt(ciphertext, sourceKey, missing, CONTEXT)))
                    .isInstanceOf(KeyException.class)
                    .hasMessageContaining("Target key " + missing + " does not exist in us-west-2");
        }
    }

    @Test
    void describesAKeyInTheKeysOwnRegion() {
        sdk.replicateKey(request -> request.keyId(targetKey).replicaRegion(SECOND_REGION))
                .join();
        String replica = targetKey.replace(REGION, SECOND_REGION);

        try (KmsConnection connection = connect(1000)) {
            assertThat(connection.service().describe(replica).join())
                    .isEqualTo(new KeyDescription(replica, "Enabled", true, List.of(REGION, SECOND_REGION)));
            assertThat(connection.service().describe(sourceKey).join())
                    .isEqualTo(new KeyDescription(sourceKey, "Enabled", false, List.of(REGION)));
            assertThat(failure(connection.service().describe("alias/mine")))
                    .isInstanceOf(KeyException.class)
                    .hasMessageContaining("'alias/mine' is not the ARN of a KMS key");
        }
    }

    @Test
    void staysBelowTheCeilingAndReachesIt() {
        try (KmsConnection connection = connect(500)) {
            Instant start = Instant.now();
            CompletableFuture.allOf(calls(connection, 1000)).join();
            double seconds = Duration.between(start, Instant.now()).toNanos() / 1e9;

            // 50 ms worth may come at once: 25 of the 1000. How late a busy machine is says nothing of the limit.
            assertThat(seconds).isBetween(1.94, 8.0);
            assertThat(connection.metrics().throttled()).isZero();
        }
    }

    @Test
    void slowsDownUnderThrottlingAndLosesNothing() {
        kms.quota(100);

        try (KmsConnection connection = connect(3000)) {
            CompletableFuture.allOf(calls(connection, 500)).join();

            KmsMetrics metrics = connection.metrics();
            assertThat(metrics.throttled()).isPositive();
            assertThat(metrics.throttled() + metrics.failed()).isEqualTo(metrics.requests() - 500);
            // A request whose connection broke is counted here, and may not have arrived there.
            assertThat(metrics.requests() - kms.requests("ReEncrypt")).isBetween(0L, metrics.failed());
            assertThat(connection.currentRate()).isLessThan(2000);
            assertThat(trail.trouble).anyMatch(Trouble::throttled);
            await().untilAsserted(() -> assertThat(trail.recoveries).isNotEmpty());
        }
    }

    @Test
    void outlastsErrorsCutConnectionsAndMissingAnswers() {
        kms.faults().next(1, "ReEncrypt", Fault.hang());
        kms.faults().next(20, "ReEncrypt", Fault.cut());
        kms.faults().next(20, "ReEncrypt", Fault.error("KMSInternalException", 500));
        kms.faults().next(20, "ReEncrypt", Fault.error("KeyUnavailableException", 500));
        kms.faults().next(20, "ReEncrypt", Fault.error("ThrottlingException", 400));

        try (KmsConnection connection = connect(2000)) {
            CompletableFuture.allOf(calls(connection, 100))
                    .orTimeout(60, TimeUnit.SECONDS)
                    .join();

            assertThat(connection.metrics().requests()).isGreaterThan(150);
        }
    }

    @Test
    void waitsForAServerThatIsAway() {
        LocalKms once = LocalKms.start(0, null);
        KmsAccess away = new KmsAccess(REGION, Optional.of(once.endpoint()), Optional.of(CREDENTIALS));
        once.close();

        try (KmsConnection connection = KeyServices.open(away, 1000, trail)) {
            CompletableFuture<KeyDescription> waiting = connection.service().describe(sourceKey);
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> connection.metrics().failed() > 2);
            assertThat(waiting).isNotDone();
            assertThat(trail.trouble).anyMatch(trouble -> trouble.what().contains("cannot be reached"));
            assertThat(failure(connection.withoutRetries().describe(sourceKey)))
                    .isInstanceOf(RetryableKmsException.class);

            try (LocalKms back = LocalKms.start(away.endpoint().get().getPort(), null)) {
                // It knows no key: an answer all the same.
                assertThat(failure(waiting)).isInstanceOf(KeyException.class);
                assertThat(back.requests("DescribeKey")).isEqualTo(1);
            }
        }
    }

    @Test
    void endsEveryCallAndThreadWhenClosed() {
        Set<Thread> before = Thread.getAllStackTraces().keySet();
        kms.latency(Duration.ofSeconds(30), Duration.ofSeconds(30));
        List<CompletableFuture<byte[]>> calls;

        try (KmsConnection connection = connect(100)) {
            calls = List.of(calls(connection, 200));
            await().until(() -> connection.metrics().inFlight() > 20);
        }

        assertThat(calls).allSatisfy(call -> assertThat(call).isDone());
        assertThat(calls).allSatisfy(call -> assertThat(failure(call)).isInstanceOf(RetryableKmsException.class));
        await().untilAsserted(() -> assertThat(Thread.getAllStackTraces().keySet().stream()
                        .filter(thread -> !before.contains(thread))
                        .map(Thread::getName)
                        .filter(name -> !name.startsWith("local-kms") && !name.startsWith("awaitility"))
                        .collect(Collectors.toSet()))
                .isEmpty());
    }

    @Test
    void carriesThousandsOfCallsInFlight() {
        kms.latency(Duration.ofMillis(10), Duration.ofMillis(10));
        Semaphore window = new Semaphore(2000);

        try (KmsConnection connection = connect(100_000)) {
            Instant start = Instant.now();
            List<CompletableFuture<byte[]>> calls = new ArrayList<>();
            for (int i = 0; i < 5_000; i++) {
                window.acquireUninterruptibly();
                CompletableFuture<byte[]> call = reEncrypt(connection);
                call.whenComplete((result, failure) -> window.release());
                calls.add(call);
            }
            CompletableFuture.allOf(calls.toArray(CompletableFuture[]::new)).join();
            double seconds = Duration.between(start, Instant.now()).toNanos() / 1e9;

            assertThat(5_000 / seconds).as("one after the other, 100 a second").isGreaterThan(200);
            assertThat(connection.metrics().requests()).isEqualTo(5_000);
            assertThat(connection.metrics().inFlight()).isZero();
        }
    }

    private KmsConnection connect(int maxRequestsPerSecond) {
        return KeyServices.open(
                new KmsAccess(REGION, Optional.of(kms.endpoint()), Optional.of(CREDENTIALS)),
                maxRequestsPerSecond,
                trail);
    }

    private CompletableFuture<byte[]> reEncrypt(KmsConnection connection) {
        return connection.service().reEncrypt(ciphertext, sourceKey, targetKey, CONTEXT);
    }

    @SuppressWarnings({"unchecked", "rawtypes"})
    private CompletableFuture<byte[]>[] calls(KmsConnection connection, int count) {
        CompletableFuture[] calls = new CompletableFuture[count];
        for (int i = 0; i < count; i++) {
            calls[i] = reEncrypt(connection);
        }
        return calls;
    }

    private static Throwable failure(CompletableFuture<?> call) {
        return call.handle((answer, failure) -> failure)
                .thenApply(failure -> failure instanceof CompletionException ? failure.getCause() : failure)
                .join();
    }

    private static KmsAsyncClient client(LocalKms kms) {
        return KmsAsyncClient.builder()
                .region(Region.of(REGION))
                .credentialsProvider(CREDENTIALS)
                .endpointOverride(kms.endpoint())
                .build();
    }

    private String key(boolean multiRegion) {
        return sdk.createKey(request -> request.multiRegion(multiRegion))
                .join()
                .keyMetadata()
                .arn();
    }

    private byte[] encrypted(String key, String plaintext) {
        return sdk.encrypt(request -> request.keyId(key)
                        .plaintext(SdkBytes.fromUtf8String(plaintext))
                        .encryptionContext(CONTEXT))
                .join()
                .ciphertextBlob()
                .asByteArray();
    }

    private static final class Trail implements RetryListener {

        private final ConcurrentLinkedQueue<Trouble> trouble = new ConcurrentLinkedQueue<>();
        private final ConcurrentLinkedQueue<Trouble> recoveries = new ConcurrentLinkedQueue<>();

        @Override
        public void retrying(Trouble now) {
            trouble.add(now);
        }

        @Override
        public void recovered(Trouble over) {
            recoveries.add(over);
        }
    }
}
