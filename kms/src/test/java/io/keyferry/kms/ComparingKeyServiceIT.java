package io.keyferry.kms;

import static org.assertj.core.api.Assertions.assertThat;

import io.keyferry.sandbox.kms.Fault;
import io.keyferry.sandbox.kms.LocalKms;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;

/** Comparing before anything is passed on, against a KMS that answers over HTTP. */
class ComparingKeyServiceIT {

    private static final String REGION = "us-west-2";
    private static final Map<String, String> CONTEXT = Map.of("customer_id", "42");

    private final LocalKms kms = LocalKms.start(0, null);
    private final String source = kms.provisioning().key(REGION, "alias/source");
    private final String target = kms.provisioning().multiRegionKey(REGION, "alias/target", "us-east-1");
    private final byte[] value = encrypted(source, "078-05-1120");
    private final KmsConnection connection = KeyServices.open(
            new KmsAccess(
                    REGION,
                    Optional.of(kms.endpoint()),
                    Optional.of(
                            StaticCredentialsProvider.create(AwsBasicCredentials.create("AKIDEXAMPLE", "example")))),
            1000,
            RetryListener.NOBODY);
    private final KeyService comparing = KeyServices.comparing(connection.service());

    @AfterEach
    void close() {
        comparing.close();
        connection.close();
        kms.close();
    }

    private byte[] encrypted(String key, String text) {
        return kms.provisioning().encrypt(key, text.getBytes(StandardCharsets.UTF_8), CONTEXT);
    }

    private CompletableFuture<byte[]> reEncrypted() {
        return comparing.reEncrypt(value, source, target, CONTEXT);
    }

    private static Throwable failure(CompletableFuture<?> call) {
        return call.handle((answer, failure) -> failure)
                .thenApply(failure -> failure instanceof CompletionException ? failure.getCause() : failure)
                .join();
    }

    private static ValueException.Kind kind(CompletableFuture<?> call) {
        return ((ValueException) failure(call)).kind();
    }

    @Test
    void passesOnWhatDecryptsToTheSameForThreeRequestsUnderTheRateAndTheCounts() {
        byte[] result = reEncrypted().join();

        assertThat(new String(comparing.decrypt(result, target, CONTEXT).join(), StandardCharsets.UTF_8))
                .isEqualTo("078-05-1120");
        assertThat(kms.requests("ReEncrypt")).isEqualTo(1);
        assertThat(kms.requests("Decrypt")).as("old, new, and this test's own").isEqualTo(3);
        assertThat(connection.metrics().requests()).isEqualTo(4);
    }

    @Test
    void holdsBackAnotherPlaintext() {
        String other = Base64.getEncoder().encodeToString(encrypted(target, "078-05-1121"));
        kms.faults().next(1, "ReEncrypt", Fault.wrongField("CiphertextBlob", other));

        CompletableFuture<byte[]> wrong = reEncrypted();

        assertThat(kind(wrong)).isEqualTo(ValueException.Kind.DIFFERENT_PLAINTEXT);
        assertThat(failure(wrong)).hasMessageNotContaining("078").hasMessageNotContaining(other);
        assertThat(reEncrypted().join()).as("the next one is right").isNotEmpty();
    }

    @Test
    void holdsBackWhatDoesNotDecrypt() {
        byte[] altered = encrypted(target, "078-05-1120");
        altered[altered.length - 1] ^= 1;
        String text = Base64.getEncoder().encodeToString(altered);
        kms.faults().next(1, "ReEncrypt", Fault.wrongField("CiphertextBlob", text));

        assertThat(kind(reEncrypted())).isEqualTo(ValueException.Kind.DIFFERENT_PLAINTEXT);

        String ofAnotherKey = Base64.getEncoder().encodeToString(encrypted(source, "078-05-1120"));
        kms.faults().next(1, "ReEncrypt", Fault.wrongField("CiphertextBlob", ofAnotherKey));

        assertThat(kind(reEncrypted()))
                .as("decrypts, but under another key")
                .isEqualTo(ValueException.Kind.DIFFERENT_PLAINTEXT);
    }

    @Test
    void outlastsTroubleOfTheComparisonItself() {
        kms.faults().next(3, "Decrypt", Fault.error("KMSInternalException", 500));
        kms.faults().next(3, "Decrypt", Fault.error("ThrottlingException", 400));

        assertThat(reEncrypted().join()).isNotEmpty();
        assertThat(kms.requests("ReEncrypt")).isEqualTo(1);
        assertThat(connection.metrics().throttled()).isEqualTo(3);
    }

    @Test
    void saysWhichPermissionTheComparisonLacks() {
        kms.faults().fraction(1, "Decrypt", Fault.error("AccessDeniedException", 400));

        assertThat(failure(reEncrypted()))
                .isInstanceOf(KeyException.class)
                .hasMessageContaining("Allow kms:Decrypt on key " + source);
    }

    @Test
    void comparesNothingWhereNothingIsWritten() {
        byte[] done = encrypted(target, "078-05-1120");

        comparing.reEncrypt(done, target, target, CONTEXT).join();

        assertThat(kms.requests("ReEncrypt")).isEqualTo(1);
        assertThat(kms.requests("Decrypt")).isZero();
        assertThat(kind(comparing.reEncrypt(done, source, target, CONTEXT)))
                .isEqualTo(ValueException.Kind.INCORRECT_KEY);
    }

    @Test
    void decryptIsPinnedToItsKey() {
        assertThat(kind(connection.service().decrypt(value, target, CONTEXT)))
                .isEqualTo(ValueException.Kind.INCORRECT_KEY);
        assertThat(kind(connection.service().decrypt(value, source, Map.of())))
                .isEqualTo(ValueException.Kind.INVALID_CIPHERTEXT);
        assertThat(kind(connection.service().decrypt(new byte[6145], source, CONTEXT)))
                .isEqualTo(ValueException.Kind.INVALID_CIPHERTEXT);
        kms.faults().next(1, "Decrypt", Fault.wrongField("KeyId", target));
        assertThat(failure(connection.service().decrypt(value, source, CONTEXT)))
                .isInstanceOf(KeyException.class)
                .hasMessageContaining("but did so under " + target);
    }
}
