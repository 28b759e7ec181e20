package io.keyferry.sandbox.kms;

import static io.keyferry.sandbox.kms.RunningKms.OREGON;
import static io.keyferry.sandbox.kms.RunningKms.VIRGINIA;
import static io.keyferry.sandbox.kms.RunningKms.encrypt;
import static io.keyferry.sandbox.kms.RunningKms.newKey;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.core.exception.ApiCallTimeoutException;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.services.kms.KmsAsyncClient;
import software.amazon.awssdk.services.kms.KmsClient;
import software.amazon.awssdk.services.kms.model.EncryptResponse;
import software.amazon.awssdk.services.kms.model.KmsException;
import software.amazon.awssdk.services.kms.model.KmsInternalException;
import software.amazon.awssdk.services.kms.model.NotFoundException;

class TroubleIT {

    @RegisterExtension
    static final RunningKms RUNNING = new RunningKms();

    private final KmsClient kms = RUNNING.client(OREGON);
    private final LocalKms server = RUNNING.server();
    private String key;

    @BeforeEach
    void createKey() {
        key = newKey(kms);
        server.resetCounters();
    }

    @Test
    void throttlesWhatIsAboveTheQuotaOfARegion() {
        KmsClient virginia = RUNNING.client(VIRGINIA);
        String virginian = newKey(virginia);
        server.quota(2);

        encrypt(kms, key, "value", Map.of());
        encrypt(kms, key, "value", Map.of());
        assertThatThrownBy(() -> encrypt(kms, key, "value", Map.of())).isInstanceOfSatisfying(KmsException.class, e -> {
            assertThat(e.isThrottlingException()).isTrue();
            assertThat(e.awsErrorDetails().errorCode()).isEqualTo("ThrottlingException");
            assertThat(e.awsErrorDetails().errorMessage())
                    .isEqualTo("You have exceeded the rate at which you may call KMS. Reduce the frequency of"
                            + " your calls.");
            assertThat(e.statusCode()).isEqualTo(400);
        });

        assertThatCode(() -> kms.describeKey(r -> r.keyId(key))).doesNotThrowAnyException();
        assertThatCode(() -> encrypt(virginia, virginian, "value", Map.of())).doesNotThrowAnyException();
        assertThat(server.requests("Encrypt")).isEqualTo(4);
        assertThat(server.requests("Encrypt", "Success")).isEqualTo(3);
        assertThat(server.requests("Encrypt", "ThrottlingException")).isEqualTo(1);
    }

    @Test
    void answersLateWithoutHoldingAThreadForEveryCall() {
        KmsAsyncClient async = RUNNING.asyncClient(OREGON);
        server.latency(Duration.ofMillis(1000), Duration.ofMillis(1100));
        Instant started = Instant.now();

        List<CompletableFuture<?>> calls = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            calls.add(async.encrypt(r -> r.keyId(key).plaintext(SdkBytes.fromUtf8String("value"))));
        }
        calls.forEach(CompletableFuture::join);

        // Sixteen threads that slept would need thirty-one seconds.
        assertThat(Duration.between(started, Instant.now())).isBetween(Duration.ofMillis(1000), Duration.ofSeconds(25));
        assertThat(server.requests("Encrypt", "Success")).isEqualTo(500);
    }

    @Test
    void failsTheNextRequestsAndThenNoMore() {
        server.faults().next(2, "Encrypt", Fault.error("KMSInternalException", 500));

        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> encrypt(kms, key, "value", Map.of()))
                    .isInstanceOfSatisfying(
                            KmsInternalException.class,
                            e -> assertThat(e.statusCode()).isEqualTo(500));
        }
        assertThatCode(() -> encrypt(kms, key, "value", Map.of())).doesNotThrowAnyException();
        assertThat(server.requests("Encrypt", "KMSInternalException")).isEqualTo(2);
        assertThat(server.requests("Encrypt", "Success")).isEqualTo(1);
    }

    @Test
    void failsAFractionOfTheRequestsOfAnOperation() {
        server.faults().fraction(0.25, "Encrypt", Fault.error("KeyUnavailableException", 500));

        for (int i = 0; i < 8; i++) {
            kms.describeKey(r -> r.keyId(key));
            try {
                encrypt(kms, key, "value", Map.of());
            } catch (KmsException e) {
                assertThat(e.awsErrorDetails().errorCode()).isEqualTo("KeyUnavailableException");
            }
        }

        assertThat(server.requests("Encrypt", "KeyUnavailableException")).isEqualTo(2);
        assertThat(server.requests("Encrypt", "Success")).isEqualTo(6);
        assertThat(server.requests("DescribeKey", "Success")).isEqualTo(8);
        assertThat(server.requests()).isEqualTo(16);
    }

    @Test
    void answersWithAWrongFieldWhereTheAnswerHasIt() {
        server.faults().next(2, "Encrypt", Fault.wrongField("KeyId", "another"));

        assertThatThrownBy(() -> encrypt(kms, key + "0", "value", Map.of()))
                .as("an error stays as it is")
                .isInstanceOf(NotFoundException.class);
        EncryptResponse wrong = kms.encrypt(r -> r.keyId(key).plaintext(SdkBytes.fromUtf8String("value")));
        EncryptResponse right = kms.encrypt(r -> r.keyId(key).plaintext(SdkBytes.fromUtf8String("value")));

        assertThat(wrong.keyId()).isEqualTo("another");
        assertThat(wrong.ciphertextBlob().asByteArray()).isNotEmpty();
        assertThat(right.keyId()).isEqualTo(key);
    }

    @Test
    void cutsConnectionsWithoutAnAnswer() {
        server.faults().next(1, Faults.ANY_OPERATION, Fault.cut());

        assertThatThrownBy(() -> encrypt(kms, key, "value", Map.of())).isInstanceOf(SdkClientException.class);

        assertThatCode(() -> encrypt(kms, key, "value", Map.of())).doesNotThrowAnyException();
        assertThat(server.requests("Encrypt", "Cut")).isEqualTo(1);
    }

    @Test
    void hangsUntilTheClientGivesUp() {
        KmsAsyncClient async = RUNNING.asyncClient(OREGON);
        server.faults().next(1, "Encrypt", Fault.hang());

        CompletableFuture<?> hanging = async.encrypt(r -> r.keyId(key)
                .plaintext(SdkBytes.fromUtf8String("value"))
                .overrideConfiguration(o -> o.apiCallTimeout(Duration.ofMillis(300))));

        assertThatThrownBy(hanging::join)
                .isInstanceOf(CompletionException.class)
                .hasCauseInstanceOf(ApiCallTimeoutException.class);
        assertThatCode(() -> encrypt(kms, key, "value", Map.of())).doesNotThrowAnyException();
        assertThat(server.requests("Encrypt", "Hang")).isEqualTo(1);
    }

    @Test
    void closesQuicklyWhileRequestsHang() {
        LocalKms closed = LocalKms.start(0, null);
        KmsAsyncClient async = RunningKms.asyncClient(closed.endpoint(), OREGON);
        closed.faults().next(1, "ListKeys", Fault.hang());
        CompletableFuture<?> hanging = async.listKeys();
        await().until(() -> closed.requests("ListKeys", "Hang") == 1);

        Instant closing = Instant.now();
        closed.close();

        assertThat(Duration.between(closing, Instant.now())).isLessThan(Duration.ofSeconds(3));
        assertThatThrownBy(hanging::join).isInstanceOf(CompletionException.class);
        async.close();
    }

    @Test
    void countsFromZeroAgain() {
        kms.listKeys();

        assertThat(server.requests("ListKeys")).isEqualTo(1);
        server.resetCounters();
        assertThat(server.requests()).isZero();
        assertThat(server.requests("ListKeys")).isZero();
        assertThat(server.requests("ListKeys", "Success")).isZero();
    }
}
