package io.keyferry.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.keyferry.model.Migration;
import io.keyferry.model.Migration.Credentials;
import io.keyferry.sandbox.kms.Fault;
import io.keyferry.sandbox.kms.LocalKms;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SecretLoginIT {

    private static final String REGION = "eu-central-1";

    private static LocalKms aws;

    @BeforeAll
    static void start() {
        aws = LocalKms.start(0, null);
        configuration().forEach(System::setProperty);
    }

    @AfterAll
    static void stop() {
        configuration().keySet().forEach(System::clearProperty);
        aws.close();
    }

    /** What a user sets as environment variables; the Region is the secret's own. */
    private static Map<String, String> configuration() {
        return Map.of(
                "aws.endpointUrlSecretsManager",
                aws.endpoint().toString(),
                "aws.accessKeyId",
                "test",
                "aws.secretAccessKey",
                "test");
    }

    @AfterEach
    void heal() {
        aws.faults().clear();
    }

    @Test
    void readsUserAndPasswordAsTheyAreNow() {
        String arn = secret("rotated", "{\"username\":\"app\",\"password\":\"old\",\"engine\":\"postgres\"}");
        LoginSource source = LoginSource.of(database(new Credentials.SecretsManager(arn)));

        assertThat(source.read()).isEqualTo(new DatabaseLogin("app", "old"));
        secret("rotated", "{\"username\":\"app2\",\"password\":\"new\"}");
        assertThat(source.read()).isEqualTo(new DatabaseLogin("app2", "new"));
    }

    @Test
    void namesASecretThatIsNotThere() {
        String arn = secret("there", "{}").replace("there", "nowhere");

        assertThatThrownBy(() -> new SecretLogin(arn).read())
                .isInstanceOf(DatabaseException.class)
                .hasMessageContaining(arn)
                .hasMessageContaining("secretsmanager:GetSecretValue");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "hunter2",
                "{\"username\":\"app\",\"password\":hunter2}",
                "[\"hunter2\"]",
                "{\"user\":\"app\",\"password\":\"hunter2\"}",
                "{\"username\":\"hunter2\",\"password\":7}",
                "{\"username\":\"hunter2\",\"password\":\"\"}"
            })
    void saysWhatASecretMustHoldWithoutQuotingIt(String text) {
        String arn = secret("wrong", text);

        assertThatThrownBy(() -> new SecretLogin(arn).read())
                .isInstanceOf(DatabaseException.class)
                .hasMessageContaining(arn)
                .hasMessageContaining("JSON object with username and password")
                .hasStackTraceContaining("SecretLogin")
                .satisfies(e -> assertThat(e.getMessage() + e.getCause()).doesNotContain("hunter2"));
    }

    @ParameterizedTest
    @CsvSource({"InternalServiceError,500", "ThrottlingException,400", "ExpiredTokenException,400"})
    void leavesToARetryWhatARetryCanCure(String code, int status) {
        String arn = secret("busy", "{\"username\":\"app\",\"password\":\"s3cret\"}");
        aws.faults().fraction(1, "GetSecretValue", Fault.error(code, status));

        assertThatThrownBy(() -> new SecretLogin(arn).read())
                .isInstanceOf(LoginUnavailableException.class)
                .hasMessageContaining(arn);
        aws.faults().clear();
        assertThat(new SecretLogin(arn).read().user()).isEqualTo("app");
    }

    @Test
    void namesASecretThatItMayNotRead() {
        String arn = secret("closed", "{}");
        aws.faults().fraction(1, "GetSecretValue", Fault.error("AccessDeniedException", 400));

        assertThatThrownBy(() -> new SecretLogin(arn).read())
                .isInstanceOf(DatabaseException.class)
                .hasMessageContaining("secretsmanager:GetSecretValue");
    }

    private static String secret(String name, String text) {
        return aws.provisioning().secret(REGION, name, text);
    }

    private static Migration.Database database(Credentials credentials) {
        return new Migration.Database("jdbc:postgresql://db.internal:5432/app", credentials);
    }
}
