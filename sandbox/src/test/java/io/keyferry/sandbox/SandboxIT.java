package io.keyferry.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.client.builder.AwsClientBuilder;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.kms.KmsClient;
import software.amazon.awssdk.services.secretsmanager.SecretsManagerClient;

class SandboxIT {

    @Test
    void startsWithEverythingThatItsEnvironmentNames() throws Exception {
        try (Sandbox sandbox = Sandbox.start(null)) {
            Map<String, String> environment = sandbox.environment();

            assertThat(environment.keySet())
                    .containsExactly(
                            "PGHOST",
                            "PGPORT",
                            "PGUSER",
                            "PGPASSWORD",
                            "PGDATABASE",
                            "SANDBOX_DATABASE_URL",
                            "KAFKA_BOOTSTRAP_SERVERS",
                            "AWS_ENDPOINT_URL_KMS",
                            "AWS_ENDPOINT_URL_SECRETS_MANAGER",
                            "AWS_ACCESS_KEY_ID",
                            "AWS_SECRET_ACCESS_KEY",
                            "AWS_REGION",
                            "SANDBOX_SOURCE_KEY",
                            "SANDBOX_TARGET_KEY",
                            "SANDBOX_REPLICA_REGION",
                            "SANDBOX_SECRET_ARN");
            assertThat(environment)
                    .containsEntry("SANDBOX_SOURCE_KEY", sandbox.sourceKeyArn())
                    .containsEntry("SANDBOX_TARGET_KEY", sandbox.targetKeyArn())
                    .containsEntry("SANDBOX_REPLICA_REGION", sandbox.replicaRegion())
                    .containsEntry("SANDBOX_SECRET_ARN", sandbox.secretArn())
                    .containsEntry("AWS_REGION", sandbox.region());
            connectsToTheDatabaseWithTheSecret(environment);
            movesAValueToTheReplica(environment);
            try (Admin kafka = Admin.create(Map.of("bootstrap.servers", environment.get("KAFKA_BOOTSTRAP_SERVERS")))) {
                assertThat(kafka.describeCluster().nodes().get()).hasSize(1);
            }
        }
    }

    private static void connectsToTheDatabaseWithTheSecret(Map<String, String> environment) throws Exception {
        try (SecretsManagerClient secrets = client(
                SecretsManagerClient.builder(),
                environment,
                "AWS_ENDPOINT_URL_SECRETS_MANAGER",
                environment.get("AWS_REGION"))) {
            JsonNode secret = new ObjectMapper()
                    .readTree(secrets.getSecretValue(r -> r.secretId(environment.get("SANDBOX_SECRET_ARN")))
                            .secretString());

            assertThat(secret.get("host").asText()).isEqualTo(environment.get("PGHOST"));
            assertThat(secret.get("port").asText()).isEqualTo(environment.get("PGPORT"));
            assertThat(secret.get("dbname").asText()).isEqualTo(environment.get("PGDATABASE"));
            try (Connection connection = DriverManager.getConnection(
                    environment.get("SANDBOX_DATABASE_URL"),
                    secret.get("username").asText(),
                    secret.get("password").asText())) {
                assertThat(connection.isValid(5)).isTrue();
            }
        }
    }

    private static void movesAValueToTheReplica(Map<String, String> environment) {
        try (KmsClient kms = client(
                        KmsClient.builder(), environment, "AWS_ENDPOINT_URL_KMS", environment.get("AWS_REGION"));
                KmsClient replica = client(
                        KmsClient.builder(),
                        environment,
                        "AWS_ENDPOINT_URL_KMS",
                        environment.get("SANDBOX_REPLICA_REGION"))) {
            SdkBytes underSource = kms.encrypt(r ->
                            r.keyId(environment.get("SANDBOX_SOURCE_KEY")).plaintext(SdkBytes.fromUtf8String("value")))
                    .ciphertextBlob();

            SdkBytes underTarget = kms.reEncrypt(r -> r.ciphertextBlob(underSource)
                            .sourceKeyId(environment.get("SANDBOX_SOURCE_KEY"))
                            .destinationKeyId(environment.get("SANDBOX_TARGET_KEY")))
                    .ciphertextBlob();

            assertThat(replica.decrypt(r -> r.ciphertextBlob(underTarget))
                            .plaintext()
                            .asUtf8String())
                    .isEqualTo("value");
        }
    }

    private static <B extends AwsClientBuilder<B, C>, C> C client(
            B builder, Map<String, String> environment, String endpoint, String region) {
        return builder.endpointOverride(URI.create(environment.get(endpoint)))
                .region(Region.of(region))
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create(
                        environment.get("AWS_ACCESS_KEY_ID"), environment.get("AWS_SECRET_ACCESS_KEY"))))
                .build();
    }

    @Test
    void findsItsKeysSecretAndDataAgainOnTheSameFolder(@TempDir Path folder) throws Exception {
        String source;
        String target;
        String secret;
        try (Sandbox sandbox = Sandbox.start(folder);
                Connection connection = sandbox.postgres().connect()) {
            connection.createStatement().execute("CREATE TABLE kept ()");
            source = sandbox.sourceKeyArn();
            target = sandbox.targetKeyArn();
            secret = sandbox.secretArn();
        }

        try (Sandbox sandbox = Sandbox.start(folder);
                Connection connection = sandbox.postgres().connect()) {
            assertThat(sandbox.sourceKeyArn()).isEqualTo(source);
            assertThat(sandbox.targetKeyArn()).isEqualTo(target);
            assertThat(sandbox.secretArn()).isEqualTo(secret);
            connection.createStatement().execute("TABLE kept");
            connectsToTheDatabaseWithTheSecret(sandbox.environment());
            movesAValueToTheReplica(sandbox.environment());
        }
    }

    @Test
    void leavesNothingRunningWhereAPartDoesNotStart(@TempDir Path folder) throws Exception {
        Files.createDirectories(folder.resolve("kms"));
        Files.writeString(folder.resolve("kms").resolve("local-kms.json"), "not JSON");
        Set<Long> before = children();

        assertThatThrownBy(() -> Sandbox.start(folder))
                .isInstanceOf(SandboxException.class)
                .hasMessageContaining("local-kms.json");

        assertThat(children()).isEqualTo(before);
    }

    private static Set<Long> children() {
        return ProcessHandle.current().descendants().map(ProcessHandle::pid).collect(Collectors.toSet());
    }
}
