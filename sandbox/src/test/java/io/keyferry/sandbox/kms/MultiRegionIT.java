package io.keyferry.sandbox.kms;

import static io.keyferry.sandbox.kms.RunningKms.OREGON;
import static io.keyferry.sandbox.kms.RunningKms.VIRGINIA;
import static io.keyferry.sandbox.kms.RunningKms.decrypt;
import static io.keyferry.sandbox.kms.RunningKms.encrypt;
import static io.keyferry.sandbox.kms.RunningKms.newKey;
import static io.keyferry.sandbox.kms.RunningKms.newMultiRegionKey;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.kms.KmsClient;
import software.amazon.awssdk.services.kms.model.AlreadyExistsException;
import software.amazon.awssdk.services.kms.model.DisabledException;
import software.amazon.awssdk.services.kms.model.KeyMetadata;
import software.amazon.awssdk.services.kms.model.KeyState;
import software.amazon.awssdk.services.kms.model.KmsException;
import software.amazon.awssdk.services.kms.model.KmsInvalidStateException;
import software.amazon.awssdk.services.kms.model.MultiRegionKey;
import software.amazon.awssdk.services.kms.model.MultiRegionKeyType;
import software.amazon.awssdk.services.kms.model.NotFoundException;
import software.amazon.awssdk.services.kms.model.UnsupportedOperationException;

class MultiRegionIT {

    @RegisterExtension
    static final RunningKms RUNNING = new RunningKms();

    private final KmsClient oregon = RUNNING.client(OREGON);
    private final KmsClient virginia = RUNNING.client(VIRGINIA);
    private String primary;

    @BeforeEach
    void createPrimary() {
        primary = newMultiRegionKey(oregon);
    }

    private String replicate() {
        return oregon.replicateKey(r -> r.keyId(primary).replicaRegion(VIRGINIA))
                .replicaKeyMetadata()
                .arn();
    }

    @Test
    void describesPrimaryAndReplica() {
        KeyMetadata alone = oregon.describeKey(r -> r.keyId(primary)).keyMetadata();
        String replica = replicate();

        KeyMetadata first = oregon.describeKey(r -> r.keyId(primary)).keyMetadata();
        KeyMetadata second = virginia.describeKey(r -> r.keyId(replica)).keyMetadata();

        assertThat(alone.multiRegionConfiguration().replicaKeys()).isEmpty();
        assertThat(first.keyId()).matches("mrk-[0-9a-f]{32}").isEqualTo(second.keyId());
        assertThat(replica).isEqualTo(primary.replace(OREGON, VIRGINIA));
        assertThat(first.multiRegion()).isTrue();
        assertThat(first.multiRegionConfiguration().multiRegionKeyType()).isEqualTo(MultiRegionKeyType.PRIMARY);
        assertThat(second.multiRegionConfiguration().multiRegionKeyType()).isEqualTo(MultiRegionKeyType.REPLICA);
        for (KeyMetadata metadata : List.of(first, second)) {
            assertThat(metadata.multiRegionConfiguration().primaryKey()).isEqualTo(member(primary, OREGON));
            assertThat(metadata.multiRegionConfiguration().replicaKeys()).containsExactly(member(replica, VIRGINIA));
        }
        assertThat(second.keyState()).isEqualTo(KeyState.ENABLED);
        assertThat(second.currentKeyMaterialId()).isEqualTo(first.currentKeyMaterialId());
    }

    private static MultiRegionKey member(String arn, String region) {
        return MultiRegionKey.builder().arn(arn).region(region).build();
    }

    @Test
    void decryptsInEitherRegionWhatTheOtherEncrypted() {
        String replica = replicate();
        byte[] fromPrimary = encrypt(oregon, primary, "west", Map.of("id", "1"));
        byte[] fromReplica = encrypt(virginia, replica, "east", Map.of("id", "2"));

        assertThat(decrypt(virginia, fromPrimary, Map.of("id", "1"))).isEqualTo("west");
        assertThat(decrypt(oregon, fromReplica, Map.of("id", "2"))).isEqualTo("east");
        assertThat(CiphertextLayout.mark(fromPrimary)).isEqualTo(CiphertextLayout.mark(fromReplica));
        assertThat(virginia.decrypt(r -> r.ciphertextBlob(SdkBytes.fromByteArray(fromPrimary))
                                .encryptionContext(Map.of("id", "1"))
                                .keyId(replica))
                        .keyId())
                .isEqualTo(replica);
    }

    @Test
    void decryptsNothingWhereThereIsNoReplica() {
        byte[] ciphertext = encrypt(oregon, primary, "west", Map.of());

        assertThatThrownBy(() -> decrypt(virginia, ciphertext, Map.of()))
                .isInstanceOfSatisfying(
                        KmsException.class,
                        e -> assertThat(e.awsErrorDetails().errorCode()).isEqualTo("AccessDeniedException"));
        assertThatThrownBy(() -> virginia.describeKey(r -> r.keyId(primary.substring(primary.indexOf('/') + 1))))
                .isInstanceOf(NotFoundException.class);
    }

    @Test
    void givesEachReplicaAStateOfItsOwn() {
        String replica = replicate();
        byte[] ciphertext = encrypt(oregon, primary, "west", Map.of());

        oregon.disableKey(r -> r.keyId(primary));

        assertThat(decrypt(virginia, ciphertext, Map.of())).isEqualTo("west");
        assertThatThrownBy(() -> decrypt(oregon, ciphertext, Map.of())).isInstanceOf(DisabledException.class);
        assertThat(virginia.describeKey(r -> r.keyId(replica)).keyMetadata().keyState())
                .isEqualTo(KeyState.ENABLED);
    }

    @Test
    void rotatesTheReplicasWithThePrimary() {
        String replica = replicate();
        byte[] older = encrypt(oregon, primary, "older", Map.of());

        oregon.rotateKeyOnDemand(r -> r.keyId(primary));

        byte[] newer = encrypt(virginia, replica, "newer", Map.of());
        assertThat(CiphertextLayout.mark(newer)).isNotEqualTo(CiphertextLayout.mark(older));
        assertThat(decrypt(oregon, newer, Map.of())).isEqualTo("newer");
        assertThat(decrypt(virginia, older, Map.of())).isEqualTo("older");
        assertThatThrownBy(() -> virginia.rotateKeyOnDemand(r -> r.keyId(replica)))
                .isInstanceOf(UnsupportedOperationException.class);
    }

    @Test
    void replicatesOnlyAPrimaryFromItsOwnRegionAndOnce() {
        String single = newKey(oregon);
        String replica = replicate();

        assertThatThrownBy(this::replicate).isInstanceOf(AlreadyExistsException.class);
        assertThatThrownBy(() -> oregon.replicateKey(r -> r.keyId(primary).replicaRegion(OREGON)))
                .isInstanceOf(AlreadyExistsException.class);
        assertThatThrownBy(() -> oregon.replicateKey(r -> r.keyId(single).replicaRegion(VIRGINIA)))
                .isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> virginia.replicateKey(r -> r.keyId(replica).replicaRegion("eu-west-1")))
                .isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> virginia.replicateKey(r -> r.keyId(primary).replicaRegion("eu-west-1")))
                .isInstanceOf(NotFoundException.class);
        assertThatThrownBy(() -> oregon.replicateKey(r -> r.keyId(primary).replicaRegion("nowhere")))
                .isInstanceOf(KmsException.class)
                .hasMessageContaining("'replicaRegion' failed to satisfy constraint");
    }

    @Test
    void createsAReplicaForAMomentWhereConfigured() {
        byte[] ciphertext = encrypt(oregon, primary, "west", Map.of());
        RUNNING.server().replication(Duration.ofSeconds(2));

        KeyMetadata creating = oregon.replicateKey(r -> r.keyId(primary).replicaRegion(VIRGINIA))
                .replicaKeyMetadata();

        assertThat(creating.keyState()).isEqualTo(KeyState.CREATING);
        assertThat(creating.enabled()).isFalse();
        assertThatThrownBy(() -> decrypt(virginia, ciphertext, Map.of()))
                .isInstanceOf(KmsInvalidStateException.class)
                .hasMessageContaining(creating.arn() + " is creating.");
        await().ignoreExceptionsInstanceOf(KmsInvalidStateException.class)
                .untilAsserted(() ->
                        assertThat(decrypt(virginia, ciphertext, Map.of())).isEqualTo("west"));
    }

    @Test
    void deletesAPrimaryAfterItsReplicas() {
        String replica = replicate();

        var scheduled = oregon.scheduleKeyDeletion(r -> r.keyId(primary).pendingWindowInDays(10));

        assertThat(scheduled.keyState()).isEqualTo(KeyState.PENDING_REPLICA_DELETION);
        assertThat(scheduled.deletionDate()).isNull();
        assertThat(oregon.describeKey(r -> r.keyId(primary)).keyMetadata().pendingDeletionWindowInDays())
                .isEqualTo(10);
        assertThat(virginia.scheduleKeyDeletion(r -> r.keyId(replica)).keyState())
                .isEqualTo(KeyState.PENDING_DELETION);
        assertThatThrownBy(() -> encrypt(oregon, primary, "west", Map.of()))
                .isInstanceOf(KmsInvalidStateException.class);
        oregon.cancelKeyDeletion(r -> r.keyId(primary));
        assertThat(oregon.describeKey(r -> r.keyId(primary)).keyMetadata().keyState())
                .isEqualTo(KeyState.DISABLED);
    }
}
