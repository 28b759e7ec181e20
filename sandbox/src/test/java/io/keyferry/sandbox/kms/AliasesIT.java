package io.keyferry.sandbox.kms;

import static io.keyferry.sandbox.kms.RunningKms.OREGON;
import static io.keyferry.sandbox.kms.RunningKms.VIRGINIA;
import static io.keyferry.sandbox.kms.RunningKms.encrypt;
import static io.keyferry.sandbox.kms.RunningKms.newKey;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.kms.KmsClient;
import software.amazon.awssdk.services.kms.model.AliasListEntry;
import software.amazon.awssdk.services.kms.model.AlreadyExistsException;
import software.amazon.awssdk.services.kms.model.KmsException;
import software.amazon.awssdk.services.kms.model.NotFoundException;

class AliasesIT {

    @RegisterExtension
    static final RunningKms RUNNING = new RunningKms();

    private final KmsClient kms = RUNNING.client(OREGON);
    private final String alias = "alias/" + UUID.randomUUID();
    private final String aliasArn = "arn:aws:kms:us-west-2:111122223333:" + alias;
    private String key;

    @BeforeEach
    void createAlias() {
        key = newKey(kms);
        kms.createAlias(r -> r.aliasName(alias).targetKeyId(key));
    }

    @Test
    void namesAKeyInEveryOperationThatUsesOne() {
        assertThat(kms.describeKey(r -> r.keyId(alias)).keyMetadata().arn()).isEqualTo(key);
        assertThat(kms.describeKey(r -> r.keyId(aliasArn)).keyMetadata().arn()).isEqualTo(key);
        SdkBytes ciphertext = SdkBytes.fromByteArray(encrypt(kms, alias, "value", Map.of()));
        assertThat(kms.decrypt(r -> r.ciphertextBlob(ciphertext).keyId(aliasArn))
                        .keyId())
                .isEqualTo(key);
        assertThat(kms.reEncrypt(r ->
                                r.ciphertextBlob(ciphertext).sourceKeyId(alias).destinationKeyId(alias))
                        .keyId())
                .isEqualTo(key);
        assertThat(kms.generateDataKey(r -> r.keyId(alias).numberOfBytes(16)).keyId())
                .isEqualTo(key);
    }

    @Test
    void namesNoKeyWhereOneIsChanged() {
        assertThatThrownBy(() -> kms.disableKey(r -> r.keyId(alias)))
                .isInstanceOf(NotFoundException.class)
                .hasMessageContaining("Invalid keyId '" + alias + "'");
        assertThatThrownBy(() -> kms.scheduleKeyDeletion(r -> r.keyId(aliasArn)))
                .isInstanceOf(NotFoundException.class);
    }

    @Test
    void isUnknownInOtherRegions() {
        assertThatThrownBy(() -> RUNNING.client(VIRGINIA).describeKey(r -> r.keyId(alias)))
                .isInstanceOf(NotFoundException.class)
                .hasMessageContaining("Alias " + aliasArn.replace(OREGON, VIRGINIA) + " is not found.");
    }

    @Test
    void isListedWithItsKey() {
        String other = newKey(kms);

        assertThat(kms.listAliases().truncated()).isFalse();
        assertThat(kms.listAliases().aliases())
                .extracting(AliasListEntry::aliasName)
                .contains(alias);
        assertThat(kms.listAliases(r -> r.keyId(key)).aliases()).singleElement().satisfies(entry -> {
            assertThat(entry.aliasArn()).isEqualTo(aliasArn);
            assertThat(key).endsWith("key/" + entry.targetKeyId());
            assertThat(entry.creationDate()).isNotNull();
            assertThat(entry.lastUpdatedDate()).isNotNull();
        });
        assertThat(kms.listAliases(r -> r.keyId(other)).aliases()).isEmpty();
    }

    @Test
    void isMadeOnceAndWithAProperName() {
        assertThatThrownBy(() -> kms.createAlias(r -> r.aliasName(alias).targetKeyId(key)))
                .isInstanceOf(AlreadyExistsException.class)
                .hasMessageContaining("An alias with the name " + aliasArn + " already exists");
        assertRefused("name", "ValidationException", "Alias must start with the prefix \"alias/\"");
        assertRefused("alias/a b", "ValidationException", "^[a-zA-Z0-9:/_-]+$");
        assertRefused("alias/aws/rds", "NotAuthorizedException", "");
        assertThatThrownBy(() -> kms.createAlias(r -> r.aliasName(alias + "2").targetKeyId(alias)))
                .isInstanceOf(NotFoundException.class);
    }

    private void assertRefused(String name, String code, String message) {
        assertThatThrownBy(() -> kms.createAlias(r -> r.aliasName(name).targetKeyId(key)))
                .isInstanceOf(KmsException.class)
                .hasMessageContaining(message)
                .extracting(e -> ((KmsException) e).awsErrorDetails().errorCode())
                .isEqualTo(code);
    }
}
