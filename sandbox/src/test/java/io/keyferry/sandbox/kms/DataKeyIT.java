package io.keyferry.sandbox.kms;

import static io.keyferry.sandbox.kms.RunningKms.OREGON;
import static io.keyferry.sandbox.kms.RunningKms.newKey;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.kms.KmsClient;
import software.amazon.awssdk.services.kms.model.DataKeySpec;
import software.amazon.awssdk.services.kms.model.DryRunOperationException;
import software.amazon.awssdk.services.kms.model.KmsException;

class DataKeyIT {

    private static final Map<String, String> CONTEXT = Map.of("purpose", "backup");

    @RegisterExtension
    static final RunningKms RUNNING = new RunningKms();

    private final KmsClient kms = RUNNING.client(OREGON);
    private String key;

    @BeforeEach
    void createKey() {
        key = newKey(kms);
    }

    @Test
    void givesADataKeyInClearAndEncrypted() {
        var generated = kms.generateDataKey(
                r -> r.keyId(key).keySpec(DataKeySpec.AES_256).encryptionContext(CONTEXT));

        assertThat(generated.plaintext().asByteArray()).hasSize(32);
        assertThat(generated.ciphertextBlob().asByteArray()).hasSize(184);
        assertThat(generated.keyId()).isEqualTo(key);
        assertThat(generated.keyMaterialId())
                .isEqualTo(kms.describeKey(r -> r.keyId(key)).keyMetadata().currentKeyMaterialId());
        assertThat(decrypted(generated.ciphertextBlob())).isEqualTo(generated.plaintext());
    }

    @Test
    void givesADataKeyEncryptedOnly() {
        var generated = kms.generateDataKeyWithoutPlaintext(
                r -> r.keyId(key).keySpec(DataKeySpec.AES_128).encryptionContext(CONTEXT));

        assertThat(decrypted(generated.ciphertextBlob()).asByteArray()).hasSize(16);
        assertThat(generated.keyId()).isEqualTo(key);
        assertThat(generated.keyMaterialId()).isNotBlank();
    }

    @Test
    void givesAsManyBytesAsAskedFor() {
        assertThat(kms.generateDataKey(r -> r.keyId(key).numberOfBytes(1024))
                        .plaintext()
                        .asByteArray())
                .hasSize(1024);
    }

    @Test
    void wantsEitherANumberOfBytesOrASpec() {
        String either = "Please specify either number of bytes or key spec.";
        assertValidation(() -> kms.generateDataKey(r -> r.keyId(key)), either);
        assertValidation(
                () -> kms.generateDataKey(r -> r.keyId(key).numberOfBytes(32).keySpec(DataKeySpec.AES_256)), either);
        assertValidation(
                () -> kms.generateDataKey(r -> r.keyId(key).numberOfBytes(0)),
                "1 validation error detected: Value '0' at 'numberOfBytes' failed to satisfy constraint: Member must"
                        + " have value greater than or equal to 1");
        assertValidation(
                () -> kms.generateDataKeyWithoutPlaintext(r -> r.keyId(key).numberOfBytes(1025)),
                "1 validation error detected: Value '1025' at 'numberOfBytes' failed to satisfy constraint: Member"
                        + " must have value less than or equal to 1024");
        assertValidation(
                () -> kms.generateDataKey(r -> r.keyId(key).keySpec("DES")),
                "1 validation error detected: Value 'DES' at 'keySpec' failed to satisfy constraint: Member must"
                        + " satisfy enum value set: [AES_256, AES_128]");
    }

    @Test
    void generatesNothingInADryRun() {
        assertThatThrownBy(() ->
                        kms.generateDataKey(r -> r.keyId(key).numberOfBytes(32).dryRun(true)))
                .isInstanceOf(DryRunOperationException.class);
        assertThatThrownBy(() -> kms.generateDataKeyWithoutPlaintext(
                        r -> r.keyId(key).numberOfBytes(32).dryRun(true)))
                .isInstanceOf(DryRunOperationException.class);
    }

    private SdkBytes decrypted(SdkBytes ciphertext) {
        return kms.decrypt(r -> r.ciphertextBlob(ciphertext).encryptionContext(CONTEXT))
                .plaintext();
    }

    private static void assertValidation(ThrowingCallable call, String message) {
        assertThatThrownBy(call).isInstanceOfSatisfying(KmsException.class, e -> {
            assertThat(e.awsErrorDetails().errorCode()).isEqualTo("ValidationException");
            assertThat(e.awsErrorDetails().errorMessage()).isEqualTo(message);
        });
    }
}
