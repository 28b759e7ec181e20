package io.keyferry.sandbox.kms;

import static io.keyferry.sandbox.kms.RunningKms.OREGON;
import static io.keyferry.sandbox.kms.RunningKms.VIRGINIA;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.secretsmanager.SecretsManagerClient;
import software.amazon.awssdk.services.secretsmanager.model.InvalidRequestException;
import software.amazon.awssdk.services.secretsmanager.model.ResourceExistsException;
import software.amazon.awssdk.services.secretsmanager.model.ResourceNotFoundException;
import software.amazon.awssdk.services.secretsmanager.model.SecretsManagerException;

class SecretsIT {

    @RegisterExtension
    static final RunningKms RUNNING = new RunningKms();

    private final SecretsManagerClient secrets = RUNNING.secrets(OREGON);
    private final String name = "app/db-" + UUID.randomUUID();

    @Test
    void keepsASecret() {
        var created = secrets.createSecret(r -> r.name(name).secretString("{\"username\":\"app\"}"));

        assertThat(created.arn())
                .matches("arn:aws:secretsmanager:us-west-2:111122223333:secret:" + name + "-[A-Za-z0-9]{6}");
        String partialArn = created.arn().substring(0, created.arn().length() - 7);
        for (String id : List.of(name, created.arn(), partialArn)) {
            var value = secrets.getSecretValue(r -> r.secretId(id));
            assertThat(value.secretString()).isEqualTo("{\"username\":\"app\"}");
            assertThat(value.arn()).isEqualTo(created.arn());
            assertThat(value.name()).isEqualTo(name);
            assertThat(value.versionId()).isEqualTo(created.versionId());
            assertThat(value.versionStages()).containsExactly("AWSCURRENT");
            assertThat(value.createdDate()).isNotNull();
        }
    }

    @Test
    void keepsTheValueBeforeTheCurrentOne() {
        var first = secrets.createSecret(r -> r.name(name).secretString("first"));
        secrets.putSecretValue(r -> r.secretId(name).secretString("second"));
        var third = secrets.putSecretValue(r -> r.secretId(name).secretString("third"));

        assertThat(secrets.getSecretValue(r -> r.secretId(name)).secretString()).isEqualTo("third");
        assertThat(secrets.getSecretValue(r -> r.secretId(name).versionId(third.versionId()))
                        .secretString())
                .isEqualTo("third");
        assertThat(secrets.getSecretValue(r -> r.secretId(name).versionStage("AWSPREVIOUS"))
                        .secretString())
                .isEqualTo("second");
        assertThatThrownBy(() -> secrets.getSecretValue(r -> r.secretId(name).versionId(first.versionId())))
                .isInstanceOf(ResourceNotFoundException.class);
    }

    @Test
    void putsAValueOnceForOneToken() {
        String token = UUID.randomUUID().toString();
        secrets.createSecret(r -> r.name(name).secretString("first"));

        secrets.putSecretValue(r -> r.secretId(name).secretString("second").clientRequestToken(token));
        secrets.putSecretValue(r -> r.secretId(name).secretString("second").clientRequestToken(token));

        assertThat(secrets.getSecretValue(r -> r.secretId(name).versionStage("AWSPREVIOUS"))
                        .secretString())
                .isEqualTo("first");
        assertThatThrownBy(() -> secrets.putSecretValue(
                        r -> r.secretId(name).secretString("third").clientRequestToken(token)))
                .isInstanceOf(ResourceExistsException.class);
    }

    @Test
    void keepsABinarySecret() {
        SdkBytes binary = SdkBytes.fromByteArray(new byte[] {0, 1, -1});
        secrets.createSecret(r -> r.name(name).secretBinary(binary));

        assertThat(secrets.getSecretValue(r -> r.secretId(name)).secretBinary()).isEqualTo(binary);
        assertThat(secrets.getSecretValue(r -> r.secretId(name)).secretString()).isNull();
    }

    @Test
    void refusesWhatIsNotThereOrThereAlready() {
        assertThatThrownBy(() -> secrets.getSecretValue(r -> r.secretId(name)))
                .isInstanceOf(ResourceNotFoundException.class)
                .hasMessageContaining("Secrets Manager can't find the specified secret.");
        secrets.createSecret(r -> r.name(name));
        assertThatThrownBy(() -> secrets.getSecretValue(r -> r.secretId(name)))
                .isInstanceOf(ResourceNotFoundException.class)
                .hasMessageContaining("AWSCURRENT");
        assertThatThrownBy(() -> secrets.createSecret(r -> r.name(name).secretString("value")))
                .isInstanceOf(ResourceExistsException.class);
        assertThatThrownBy(() -> secrets.putSecretValue(r -> r.secretId(name)))
                .isInstanceOf(InvalidRequestException.class);
        assertThatThrownBy(() -> secrets.createSecret(r -> r.name("a b").secretString("value")))
                .isInstanceOf(SecretsManagerException.class)
                .hasMessageContaining("Invalid name.");
        assertThatThrownBy(() -> RUNNING.secrets(VIRGINIA).getSecretValue(r -> r.secretId(name)))
                .isInstanceOf(ResourceNotFoundException.class);
    }
}
