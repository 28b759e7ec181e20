package io.keyferry.sandbox.kms;

import static io.keyferry.sandbox.kms.RunningKms.OREGON;
import static io.keyferry.sandbox.kms.RunningKms.VIRGINIA;
import static io.keyferry.sandbox.kms.RunningKms.decrypt;
import static io.keyferry.sandbox.kms.RunningKms.encrypt;
import static io.keyferry.sandbox.kms.RunningKms.newKey;
import static io.keyferry.sandbox.kms.RunningKms.newMultiRegionKey;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.kms.KmsClient;
import software.amazon.awssdk.services.kms.model.DisabledException;
import software.amazon.awssdk.services.kms.model.DryRunOperationException;
import software.amazon.awssdk.services.kms.model.EncryptionAlgorithmSpec;
import software.amazon.awssdk.services.kms.model.IncorrectKeyException;
import software.amazon.awssdk.services.kms.model.InvalidCiphertextException;
import software.amazon.awssdk.services.kms.model.NotFoundException;
import software.amazon.awssdk.services.kms.model.ReEncryptRequest;
import software.amazon.awssdk.services.kms.model.ReEncryptResponse;

class ReEncryptIT {

    private static final Map<String, String> CONTEXT = Map.of("id", "42");

    @RegisterExtension
    static final RunningKms RUNNING = new RunningKms();

    private final KmsClient kms = RUNNING.client(OREGON);
    private String source;
    private String target;
    private SdkBytes ciphertext;

    @BeforeEach
    void encryptUnderTheSourceKey() {
        source = newKey(kms);
        target = newMultiRegionKey(kms);
        ciphertext = SdkBytes.fromByteArray(encrypt(kms, source, "value", CONTEXT));
    }

    private ReEncryptResponse reEncrypt(Consumer<ReEncryptRequest.Builder> changes) {
        return kms.reEncrypt(r -> {
            r.ciphertextBlob(ciphertext)
                    .sourceKeyId(source)
                    .destinationKeyId(target)
                    .sourceEncryptionContext(CONTEXT)
                    .destinationEncryptionContext(CONTEXT);
            changes.accept(r);
        });
    }

    @Test
    void movesCiphertextToAnotherKey() {
        ReEncryptResponse moved = reEncrypt(r -> {});

        byte[] ciphertext = moved.ciphertextBlob().asByteArray();
        assertThat(decrypt(kms, ciphertext, CONTEXT)).isEqualTo("value");
        assertThat(moved.sourceKeyId()).isEqualTo(source);
        assertThat(moved.keyId()).isEqualTo(target);
        assertThat(moved.sourceEncryptionAlgorithm()).isEqualTo(EncryptionAlgorithmSpec.SYMMETRIC_DEFAULT);
        assertThat(moved.destinationEncryptionAlgorithm()).isEqualTo(EncryptionAlgorithmSpec.SYMMETRIC_DEFAULT);
        assertThat(moved.sourceKeyMaterialId()).isEqualTo(materialId(source));
        assertThat(moved.destinationKeyMaterialId()).isEqualTo(materialId(target));
    }

    @Test
    void movesCiphertextToAnotherContext() {
        ReEncryptResponse moved = reEncrypt(r -> r.destinationEncryptionContext(Map.of("purpose", "ssn")));

        byte[] ciphertext = moved.ciphertextBlob().asByteArray();
        assertThat(decrypt(kms, ciphertext, Map.of("purpose", "ssn"))).isEqualTo("value");
        assertThatThrownBy(() -> decrypt(kms, ciphertext, CONTEXT)).isInstanceOf(InvalidCiphertextException.class);
    }

    @Test
    void movesCiphertextFromAKeyToItself() {
        ReEncryptResponse moved = reEncrypt(r -> r.destinationKeyId(source));

        assertThat(moved.ciphertextBlob()).isNotEqualTo(ciphertext);
        assertThat(decrypt(kms, moved.ciphertextBlob().asByteArray(), CONTEXT)).isEqualTo("value");
    }

    @Test
    void refusesCiphertextOfAnotherKeyThanTheSource() {
        assertThatThrownBy(() -> reEncrypt(r -> r.sourceKeyId(target))).isInstanceOf(IncorrectKeyException.class);
        assertThat(reEncrypt(r -> r.sourceKeyId(null)).sourceKeyId()).isEqualTo(source);
    }

    @Test
    void refusesAWrongSourceContext() {
        assertThatThrownBy(() -> reEncrypt(r -> r.sourceEncryptionContext(Map.of("id", "43"))))
                .isInstanceOf(InvalidCiphertextException.class);
    }

    @Test
    void refusesATargetThatIsNotInTheRegionOfTheCall() {
        String virginian = newKey(RUNNING.client(VIRGINIA));

        assertThatThrownBy(() -> reEncrypt(r -> r.destinationKeyId(virginian)))
                .isInstanceOf(NotFoundException.class)
                .hasMessageContaining("Invalid arn us-east-1");
    }

    @Test
    void toldAboutADisabledKeyBeforeAWrongContext() {
        kms.disableKey(r -> r.keyId(source));

        assertThatThrownBy(() -> reEncrypt(r -> r.sourceEncryptionContext(Map.of())))
                .isInstanceOf(DisabledException.class)
                .hasMessageContaining(source + " is disabled.");
        // … but about the wrong key before its state.
        assertThatThrownBy(() -> reEncrypt(r -> r.sourceKeyId(target))).isInstanceOf(IncorrectKeyException.class);
    }

    @Test
    void refusesADisabledTarget() {
        kms.disableKey(r -> r.keyId(target));

        assertThatThrownBy(() -> reEncrypt(r -> {}))
                .isInstanceOf(DisabledException.class)
                .hasMessageContaining(target + " is disabled.");
    }

    @Test
    void carriesNothingOutInADryRun() {
        assertThatThrownBy(() -> reEncrypt(r -> r.dryRun(true))).isInstanceOf(DryRunOperationException.class);
        assertThatThrownBy(
                        () -> reEncrypt(r -> r.sourceEncryptionContext(Map.of()).dryRun(true)))
                .isInstanceOf(InvalidCiphertextException.class);
    }

    private String materialId(String key) {
        return kms.describeKey(r -> r.keyId(key)).keyMetadata().currentKeyMaterialId();
    }
}
