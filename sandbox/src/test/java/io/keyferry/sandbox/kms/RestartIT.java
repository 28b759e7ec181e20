package io.keyferry.sandbox.kms;

import static io.keyferry.sandbox.kms.RunningKms.OREGON;
import static io.keyferry.sandbox.kms.RunningKms.VIRGINIA;
import static io.keyferry.sandbox.kms.RunningKms.decrypt;
import static io.keyferry.sandbox.kms.RunningKms.encrypt;
import static io.keyferry.sandbox.kms.RunningKms.newKey;
import static io.keyferry.sandbox.kms.RunningKms.newMultiRegionKey;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.kms.KmsClient;
import software.amazon.awssdk.services.kms.model.DisabledException;
import software.amazon.awssdk.services.secretsmanager.SecretsManagerClient;

class RestartIT {

    @TempDir
    private Path folder;

    @Test
    void keepsKeysAliasesAndSecrets() {
        String key;
        String disabled;
        byte[] older;
        byte[] newer;
        byte[] underDisabled;
        try (LocalKms server = LocalKms.start(0, folder);
                KmsClient kms = RunningKms.client(server.endpoint(), OREGON);
                SecretsManagerClient secrets = RunningKms.secrets(server.endpoint(), OREGON)) {
            key = newMultiRegionKey(kms);
            older = encrypt(kms, key, "older", Map.of("id", "1"));
            kms.rotateKeyOnDemand(r -> r.keyId(key));
            newer = encrypt(kms, key, "newer", Map.of());
            kms.replicateKey(r -> r.keyId(key).replicaRegion(VIRGINIA));
            kms.createAlias(r -> r.aliasName("alias/kept").targetKeyId(key));
            disabled = newKey(kms);
            underDisabled = encrypt(kms, disabled, "value", Map.of());
            kms.disableKey(r -> r.keyId(disabled));
            secrets.createSecret(r -> r.name("kept").secretString("first"));
            secrets.putSecretValue(r -> r.secretId("kept").secretString("second"));
        }

        try (LocalKms server = LocalKms.start(0, folder);
                KmsClient kms = RunningKms.client(server.endpoint(), OREGON);
                KmsClient virginia = RunningKms.client(server.endpoint(), VIRGINIA);
                SecretsManagerClient secrets = RunningKms.secrets(server.endpoint(), OREGON)) {
            assertThat(kms.describeKey(r -> r.keyId("alias/kept")).keyMetadata().arn())
                    .isEqualTo(key);
            assertThat(decrypt(kms, older, Map.of("id", "1"))).isEqualTo("older");
            assertThat(decrypt(virginia, newer, Map.of())).isEqualTo("newer");
            assertThat(CiphertextLayout.mark(encrypt(kms, key, "value", Map.of())))
                    .isEqualTo(CiphertextLayout.mark(newer));
            assertThatThrownBy(() -> decrypt(kms, underDisabled, Map.of())).isInstanceOf(DisabledException.class);
            assertThat(secrets.getSecretValue(r -> r.secretId("kept")).secretString())
                    .isEqualTo("second");
            assertThat(secrets.getSecretValue(r -> r.secretId("kept").versionStage("AWSPREVIOUS"))
                            .secretString())
                    .isEqualTo("first");
        }
    }

    @Test
    void letsNobodyElseReadItsFile() throws IOException {
        try (LocalKms server = LocalKms.start(0, folder);
                KmsClient kms = RunningKms.client(server.endpoint(), OREGON)) {
            newKey(kms);
        }

        try (var files = Files.list(folder)) {
            assertThat(files)
                    .singleElement()
                    .satisfies(file -> assertThat(Files.getPosixFilePermissions(file))
                            .isEqualTo(PosixFilePermissions.fromString("rw-------")));
        }
    }

    @Test
    void doesNotStartOnAFileItCannotRead() throws IOException {
        Files.writeString(folder.resolve("local-kms.json"), "{\"keys\":");

        assertThatThrownBy(() -> LocalKms.start(0, folder))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("local-kms.json");
    }

    @Test
    void startsEmptyWithoutAFolder() {
        try (LocalKms server = LocalKms.start(0, null);
                KmsClient kms = RunningKms.client(server.endpoint(), OREGON)) {
            assertThat(kms.listKeys().keys()).isEmpty();
        }
    }

    @Test
    void answersForAnotherAccountWhereAsked() {
        try (LocalKms server = LocalKms.start(0, null, "444455556666");
                KmsClient kms = RunningKms.client(server.endpoint(), OREGON)) {
            assertThat(newKey(kms)).startsWith("arn:aws:kms:us-west-2:444455556666:key/");
        }
    }
}
