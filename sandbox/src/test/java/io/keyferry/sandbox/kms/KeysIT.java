package io.keyferry.sandbox.kms;

import static io.keyferry.sandbox.kms.RunningKms.OREGON;
import static io.keyferry.sandbox.kms.RunningKms.VIRGINIA;
import static io.keyferry.sandbox.kms.RunningKms.decrypt;
import static io.keyferry.sandbox.kms.RunningKms.encrypt;
import static io.keyferry.sandbox.kms.RunningKms.newKey;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.kms.KmsClient;
import software.amazon.awssdk.services.kms.model.DisabledException;
import software.amazon.awssdk.services.kms.model.EncryptionAlgorithmSpec;
import software.amazon.awssdk.services.kms.model.KeyListEntry;
import software.amazon.awssdk.services.kms.model.KeyManagerType;
import software.amazon.awssdk.services.kms.model.KeyMetadata;
import software.amazon.awssdk.services.kms.model.KeySpec;
import software.amazon.awssdk.services.kms.model.KeyState;
import software.amazon.awssdk.services.kms.model.KeyUsageType;
import software.amazon.awssdk.services.kms.model.KmsException;
import software.amazon.awssdk.services.kms.model.KmsInvalidStateException;
import software.amazon.awssdk.services.kms.model.LimitExceededException;
import software.amazon.awssdk.services.kms.model.NotFoundException;
import software.amazon.awssdk.services.kms.model.OriginType;
import software.amazon.awssdk.services.kms.model.UnsupportedOperationException;

class KeysIT {

    @RegisterExtension
    static final RunningKms RUNNING = new RunningKms();

    private final KmsClient kms = RUNNING.client(OREGON);

    @Test
    void describesANewKey() {
        KeyMetadata created =
                kms.createKey(r -> r.description("for card numbers")).keyMetadata();

        KeyMetadata described = kms.describeKey(r -> r.keyId(created.keyId())).keyMetadata();

        assertThat(described).isEqualTo(created);
        assertThat(described.keyId()).matches("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");
        assertThat(described.arn()).isEqualTo("arn:aws:kms:us-west-2:111122223333:key/" + created.keyId());
        assertThat(described.awsAccountId()).isEqualTo("111122223333");
        assertThat(described.creationDate()).isBetween(Instant.now().minusSeconds(60), Instant.now());
        assertThat(described.description()).isEqualTo("for card numbers");
        assertThat(described.enabled()).isTrue();
        assertThat(described.keyState()).isEqualTo(KeyState.ENABLED);
        assertThat(described.keyUsage()).isEqualTo(KeyUsageType.ENCRYPT_DECRYPT);
        assertThat(described.keySpec()).isEqualTo(KeySpec.SYMMETRIC_DEFAULT);
        assertThat(described.keyManager()).isEqualTo(KeyManagerType.CUSTOMER);
        assertThat(described.origin()).isEqualTo(OriginType.AWS_KMS);
        assertThat(described.encryptionAlgorithms()).containsExactly(EncryptionAlgorithmSpec.SYMMETRIC_DEFAULT);
        assertThat(described.multiRegion()).isFalse();
        assertThat(described.multiRegionConfiguration()).isNull();
        assertThat(described.currentKeyMaterialId()).matches("[0-9a-f]{64}");
    }

    @Test
    void listsTheKeysOfItsRegion() {
        String here = newKey(kms);
        String there = newKey(RUNNING.client(VIRGINIA));

        var keys = kms.listKeys();

        assertThat(keys.truncated()).isFalse();
        assertThat(keys.keys()).extracting(KeyListEntry::keyArn).contains(here).doesNotContain(there);
        assertThat(keys.keys()).allSatisfy(entry -> assertThat(entry.keyArn()).endsWith("key/" + entry.keyId()));
    }

    @Test
    void tellsAKeyThatIsNotThereFromANameThatIsNone() {
        String missing = "11111111-2222-3333-4444-555555555555";
        String arn = "arn:aws:kms:us-west-2:111122223333:key/" + missing;

        assertNotFound(missing, "Key '" + arn + "' does not exist");
        assertNotFound(arn, "Key '" + arn + "' does not exist");
        assertNotFound("fake-key-id", "Invalid keyId 'fake-key-id'");
        assertNotFound("mrk-fake", "Invalid keyId 'mrk-fake'");
        assertNotFound("arn:aws:kms:us-east-1:111122223333:key/" + missing, "Invalid arn us-east-1");
        assertNotFound("arn:aws:s3:::bucket", "Invalid arn arn:aws:s3:::bucket");
        assertThatThrownBy(() -> kms.describeKey(r -> r.keyId("arn:aws:kms:us-west-2:999999999999:key/" + missing)))
                .isInstanceOfSatisfying(
                        KmsException.class,
                        e -> assertThat(e.awsErrorDetails().errorCode()).isEqualTo("AccessDeniedException"));
    }

    private void assertNotFound(String name, String message) {
        assertThatThrownBy(() -> kms.describeKey(r -> r.keyId(name)))
                .isInstanceOfSatisfying(NotFoundException.class, e -> {
                    assertThat(e.awsErrorDetails().errorMessage()).isEqualTo(message);
                    assertThat(e.statusCode()).isEqualTo(400);
                });
    }

    @Test
    void refusesKeysThatAreNotSymmetric() {
        assertThatThrownBy(() -> kms.createKey(r -> r.keySpec(KeySpec.RSA_2048)))
                .isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> kms.createKey(r -> r.keyUsage(KeyUsageType.SIGN_VERIFY)))
                .isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> kms.createKey(r -> r.origin(OriginType.EXTERNAL)))
                .isInstanceOf(UnsupportedOperationException.class);
    }

    @Test
    void usesADisabledKeyOnlyOnceItIsEnabledAgain() {
        String key = newKey(kms);
        byte[] ciphertext = encrypt(kms, key, "value", Map.of());

        kms.disableKey(r -> r.keyId(key));

        KeyMetadata disabled = kms.describeKey(r -> r.keyId(key)).keyMetadata();
        assertThat(disabled.keyState()).isEqualTo(KeyState.DISABLED);
        assertThat(disabled.enabled()).isFalse();
        assertThatThrownBy(() -> encrypt(kms, key, "value", Map.of()))
                .isInstanceOfSatisfying(
                        DisabledException.class,
                        e -> assertThat(e.awsErrorDetails().errorMessage()).isEqualTo(key + " is disabled."));
        assertThatThrownBy(() -> decrypt(kms, ciphertext, Map.of())).isInstanceOf(DisabledException.class);
        assertThatThrownBy(() -> kms.generateDataKey(r -> r.keyId(key).numberOfBytes(32)))
                .isInstanceOf(DisabledException.class);
        assertThatThrownBy(() -> kms.rotateKeyOnDemand(r -> r.keyId(key))).isInstanceOf(DisabledException.class);

        kms.enableKey(r -> r.keyId(key));

        assertThat(decrypt(kms, ciphertext, Map.of())).isEqualTo("value");
    }

    @Test
    void keepsAKeyThatIsPendingDeletionFromUse() {
        String key = newKey(kms);
        byte[] ciphertext = encrypt(kms, key, "value", Map.of());

        var scheduled = kms.scheduleKeyDeletion(r -> r.keyId(key).pendingWindowInDays(7));

        assertThat(scheduled.keyId()).isEqualTo(key);
        assertThat(scheduled.keyState()).isEqualTo(KeyState.PENDING_DELETION);
        assertThat(scheduled.pendingWindowInDays()).isEqualTo(7);
        assertThat(scheduled.deletionDate())
                .isBetween(
                        Instant.now().plus(7, ChronoUnit.DAYS).minusSeconds(60),
                        Instant.now().plus(7, ChronoUnit.DAYS));
        assertThat(kms.describeKey(r -> r.keyId(key)).keyMetadata().deletionDate())
                .isEqualTo(scheduled.deletionDate());
        assertInvalidState(() -> decrypt(kms, ciphertext, Map.of()), key + " is pending deletion.");
        assertInvalidState(() -> encrypt(kms, key, "value", Map.of()), key + " is pending deletion.");
        assertInvalidState(() -> kms.enableKey(r -> r.keyId(key)), key + " is pending deletion.");
        assertInvalidState(() -> kms.disableKey(r -> r.keyId(key)), key + " is pending deletion.");
        assertInvalidState(() -> kms.scheduleKeyDeletion(r -> r.keyId(key)), key + " is pending deletion.");

        assertThat(kms.cancelKeyDeletion(r -> r.keyId(key)).keyId()).isEqualTo(key);

        KeyMetadata cancelled = kms.describeKey(r -> r.keyId(key)).keyMetadata();
        assertThat(cancelled.keyState()).isEqualTo(KeyState.DISABLED);
        assertThat(cancelled.deletionDate()).isNull();
        assertInvalidState(() -> kms.cancelKeyDeletion(r -> r.keyId(key)), key + " is not pending deletion.");
    }

    @Test
    void wantsAWaitingPeriodOfSevenToThirtyDays() {
        String key = newKey(kms);

        assertThatThrownBy(() -> kms.scheduleKeyDeletion(r -> r.keyId(key).pendingWindowInDays(6)))
                .isInstanceOf(KmsException.class)
                .hasMessageContaining("greater than or equal to 7");
        assertThatThrownBy(() -> kms.scheduleKeyDeletion(r -> r.keyId(key).pendingWindowInDays(31)))
                .isInstanceOf(KmsException.class)
                .hasMessageContaining("less than or equal to 30");
    }

    @Test
    void encryptsWithNewMaterialAfterARotationAndStillDecryptsWhatIsOlder() {
        String key = newKey(kms);
        byte[] older = encrypt(kms, key, "older", Map.of());
        String olderMaterial = kms.describeKey(r -> r.keyId(key)).keyMetadata().currentKeyMaterialId();

        assertThat(key).endsWith(kms.rotateKeyOnDemand(r -> r.keyId(key)).keyId());

        byte[] newer = encrypt(kms, key, "newer", Map.of());
        assertThat(CiphertextLayout.mark(newer)).isNotEqualTo(CiphertextLayout.mark(older));
        assertThat(CiphertextLayout.mark(encrypt(kms, key, "another", Map.of())))
                .isEqualTo(CiphertextLayout.mark(newer));
        assertThat(decrypt(kms, older, Map.of())).isEqualTo("older");
        assertThat(decrypt(kms, newer, Map.of())).isEqualTo("newer");
        assertThat(kms.describeKey(r -> r.keyId(key)).keyMetadata().currentKeyMaterialId())
                .isNotEqualTo(olderMaterial);
        assertThat(kms.decrypt(r -> r.ciphertextBlob(SdkBytes.fromByteArray(older)))
                        .keyMaterialId())
                .isEqualTo(olderMaterial);
    }

    @Test
    void rotatesAKeyTwentyFiveTimesAtMost() {
        String key = newKey(kms);

        for (int i = 0; i < 25; i++) {
            kms.rotateKeyOnDemand(r -> r.keyId(key));
        }

        assertThatThrownBy(() -> kms.rotateKeyOnDemand(r -> r.keyId(key))).isInstanceOf(LimitExceededException.class);
    }

    private static void assertInvalidState(ThrowingCallable call, String message) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        KmsInvalidStateException.class,
                        e -> assertThat(e.awsErrorDetails().errorMessage()).isEqualTo(message));
    }
}
