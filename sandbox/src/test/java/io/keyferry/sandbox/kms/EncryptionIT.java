package io.keyferry.sandbox.kms;

import static io.keyferry.sandbox.kms.RunningKms.OREGON;
import static io.keyferry.sandbox.kms.RunningKms.VIRGINIA;
import static io.keyferry.sandbox.kms.RunningKms.decrypt;
import static io.keyferry.sandbox.kms.RunningKms.encrypt;
import static io.keyferry.sandbox.kms.RunningKms.newKey;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.kms.KmsClient;
import software.amazon.awssdk.services.kms.model.DryRunOperationException;
import software.amazon.awssdk.services.kms.model.EncryptionAlgorithmSpec;
import software.amazon.awssdk.services.kms.model.IncorrectKeyException;
import software.amazon.awssdk.services.kms.model.InvalidCiphertextException;
import software.amazon.awssdk.services.kms.model.InvalidKeyUsageException;
import software.amazon.awssdk.services.kms.model.KmsException;
import software.amazon.awssdk.services.kms.model.NotFoundException;

class EncryptionIT {

    @RegisterExtension
    static final RunningKms RUNNING = new RunningKms();

    private final KmsClient kms = RUNNING.client(OREGON);
    private String key;

    @BeforeEach
    void createKey() {
        key = newKey(kms);
    }

    @Test
    void decryptsWhatItEncrypted() {
        var encrypted = kms.encrypt(r -> r.keyId(key).plaintext(SdkBytes.fromUtf8String("4111 1111")));

        var decrypted = kms.decrypt(r -> r.ciphertextBlob(encrypted.ciphertextBlob()));

        assertThat(encrypted.keyId()).isEqualTo(key);
        assertThat(encrypted.encryptionAlgorithm()).isEqualTo(EncryptionAlgorithmSpec.SYMMETRIC_DEFAULT);
        assertThat(decrypted.plaintext().asUtf8String()).isEqualTo("4111 1111");
        assertThat(decrypted.keyId()).isEqualTo(key);
        assertThat(decrypted.encryptionAlgorithm()).isEqualTo(EncryptionAlgorithmSpec.SYMMETRIC_DEFAULT);
        assertThat(decrypted.keyMaterialId())
                .isEqualTo(kms.describeKey(r -> r.keyId(key)).keyMetadata().currentKeyMaterialId())
                .matches("[0-9a-f]{64}");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 72, 73, 95, 100, 128, 150, 255, 256, 4095, 4096})
    void decryptsPlaintextOfAnySizeAllowed(int size) {
        SdkBytes plaintext = SdkBytes.fromByteArray("x".repeat(size).getBytes());

        SdkBytes ciphertext =
                kms.encrypt(r -> r.keyId(key).plaintext(plaintext)).ciphertextBlob();

        assertThat(ciphertext.asByteArray()).hasSizeLessThanOrEqualTo(6144);
        assertThat(kms.decrypt(r -> r.ciphertextBlob(ciphertext)).plaintext()).isEqualTo(plaintext);
    }

    @Test
    void neverGivesTheSameCiphertextTwice() {
        assertThat(encrypt(kms, key, "value", Map.of())).isNotEqualTo(encrypt(kms, key, "value", Map.of()));
    }

    @Test
    void refusesPlaintextAndCiphertextOfTheWrongSize() {
        assertValidation(
                () -> encrypt(kms, key, "", Map.of()),
                "1 validation error detected: Value at 'plaintext' failed to satisfy constraint: Member must have"
                        + " length greater than or equal to 1");
        assertValidation(
                () -> encrypt(kms, key, "x".repeat(4097), Map.of()),
                "1 validation error detected: Value at 'plaintext' failed to satisfy constraint: Member must have"
                        + " length less than or equal to 4096");
        assertValidation(
                () -> decrypt(kms, new byte[0], Map.of()),
                "1 validation error detected: Value at 'ciphertextBlob' failed to satisfy constraint: Member must"
                        + " have length greater than or equal to 1");
        assertValidation(
                () -> decrypt(kms, new byte[6145], Map.of()),
                "1 validation error detected: Value at 'ciphertextBlob' failed to satisfy constraint: Member must"
                        + " have length less than or equal to 6144");
        assertValidation(
                () -> kms.encrypt(r -> r.plaintext(SdkBytes.fromUtf8String("value"))),
                "1 validation error detected: Value null at 'keyId' failed to satisfy constraint: Member must not be"
                        + " null");
    }

    @Test
    void refusesCiphertextUnderAnotherContext() {
        byte[] ciphertext = encrypt(kms, key, "value", Map.of("a", "bc", "id", "42"));

        assertThat(decrypt(kms, ciphertext, Map.of("id", "42", "a", "bc"))).isEqualTo("value");
        assertInvalidCiphertext(ciphertext, Map.of("a", "bc", "id", "43"));
        assertInvalidCiphertext(ciphertext, Map.of("ab", "c", "id", "42"));
        assertInvalidCiphertext(ciphertext, Map.of("a", "bc"));
        assertInvalidCiphertext(ciphertext, Map.of("a", "bcid42"));
        assertInvalidCiphertext(ciphertext, Map.of());
    }

    @Test
    void refusesCiphertextWithAnyByteAltered() {
        byte[] ciphertext = encrypt(kms, key, "value", Map.of());

        for (int i = 0; i < ciphertext.length; i++) {
            byte[] altered = ciphertext.clone();
            altered[i] ^= 1;
            assertInvalidCiphertext(altered, Map.of());
        }
        assertInvalidCiphertext(Arrays.copyOf(ciphertext, ciphertext.length - 1), Map.of());
        assertInvalidCiphertext(Arrays.copyOf(ciphertext, ciphertext.length + 1), Map.of());
        assertInvalidCiphertext("not ciphertext".getBytes(), Map.of());
    }

    @Test
    void refusesCiphertextOfAnotherKeyThanTheOnePinned() {
        String other = newKey(kms);
        SdkBytes ciphertext = SdkBytes.fromByteArray(encrypt(kms, key, "value", Map.of()));

        assertThat(kms.decrypt(r -> r.ciphertextBlob(ciphertext).keyId(key)).keyId())
                .isEqualTo(key);
        assertThatThrownBy(() -> kms.decrypt(r -> r.ciphertextBlob(ciphertext).keyId(other)))
                .isInstanceOf(IncorrectKeyException.class)
                .extracting(e -> ((KmsException) e).awsErrorDetails().errorMessage())
                .isEqualTo("The key ID in the request does not identify a CMK that can perform this operation.");
        assertThatThrownBy(() ->
                        kms.decrypt(r -> r.ciphertextBlob(ciphertext).keyId("11111111-2222-3333-4444-555555555555")))
                .isInstanceOf(NotFoundException.class);
    }

    @Test
    void hidesAKeyThatIsInAnotherRegion() {
        KmsClient virginia = RUNNING.client(VIRGINIA);
        SdkBytes ciphertext = SdkBytes.fromByteArray(encrypt(kms, key, "value", Map.of()));
        String virginian = newKey(virginia);

        assertThatThrownBy(() -> virginia.decrypt(r -> r.ciphertextBlob(ciphertext)))
                .isInstanceOfSatisfying(KmsException.class, e -> {
                    assertThat(e.awsErrorDetails().errorCode()).isEqualTo("AccessDeniedException");
                    assertThat(e.statusCode()).isEqualTo(400);
                });
        assertThatThrownBy(
                        () -> virginia.decrypt(r -> r.ciphertextBlob(ciphertext).keyId(virginian)))
                .isInstanceOf(IncorrectKeyException.class);
        assertThatThrownBy(
                        () -> virginia.decrypt(r -> r.ciphertextBlob(ciphertext).keyId(key)))
                .isInstanceOf(NotFoundException.class)
                .hasMessageContaining("Invalid arn us-west-2");
    }

    @Test
    void carriesNothingOutInADryRun() {
        SdkBytes ciphertext = SdkBytes.fromByteArray(encrypt(kms, key, "value", Map.of()));

        assertThatThrownBy(() ->
                        kms.encrypt(r -> r.keyId(key).plaintext(ciphertext).dryRun(true)))
                .isInstanceOf(DryRunOperationException.class)
                .hasMessageContaining("The request would have succeeded, but the DryRun option is set.");
        assertThatThrownBy(() -> kms.decrypt(r -> r.ciphertextBlob(ciphertext).dryRun(true)))
                .isInstanceOf(DryRunOperationException.class);
        assertThatThrownBy(() -> kms.decrypt(r -> r.ciphertextBlob(ciphertext)
                        .encryptionContext(Map.of("wrong", "context"))
                        .dryRun(true)))
                .isInstanceOf(InvalidCiphertextException.class);
    }

    @Test
    void refusesAlgorithmsOfOtherKinds() {
        SdkBytes plaintext = SdkBytes.fromUtf8String("value");

        assertThatThrownBy(() -> kms.encrypt(r -> r.keyId(key)
                        .plaintext(plaintext)
                        .encryptionAlgorithm(EncryptionAlgorithmSpec.RSAES_OAEP_SHA_256)))
                .isInstanceOf(InvalidKeyUsageException.class);
        assertValidation(
                () -> kms.encrypt(r -> r.keyId(key).plaintext(plaintext).encryptionAlgorithm("ROT13")),
                "1 validation error detected: Value 'ROT13' at 'encryptionAlgorithm' failed to satisfy constraint:"
                        + " Member must satisfy enum value set: [SM2PKE, RSAES_OAEP_SHA_1, RSAES_OAEP_SHA_256,"
                        + " SYMMETRIC_DEFAULT]");
    }

    private void assertInvalidCiphertext(byte[] ciphertext, Map<String, String> context) {
        assertThatThrownBy(() -> decrypt(kms, ciphertext, context))
                .isInstanceOfSatisfying(InvalidCiphertextException.class, e -> {
                    assertThat(e.awsErrorDetails().errorMessage()).isNullOrEmpty();
                    assertThat(e.statusCode()).isEqualTo(400);
                    assertThat(e.requestId()).isNotBlank();
                });
    }

    private static void assertValidation(ThrowingCallable call, String message) {
        assertThatThrownBy(call).isInstanceOfSatisfying(KmsException.class, e -> {
            assertThat(e.awsErrorDetails().errorCode()).isEqualTo("ValidationException");
            assertThat(e.awsErrorDetails().errorMessage()).isEqualTo(message);
            assertThat(e.statusCode()).isEqualTo(400);
        });
    }
}
