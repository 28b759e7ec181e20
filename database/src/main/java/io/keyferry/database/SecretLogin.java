package io.keyferry.database;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Duration;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.secretsmanager.SecretsManagerClient;

/**
 * User and password in a secret of AWS Secrets Manager: JSON with {@code username} and {@code password}. Endpoint and
 * credentials come from the SDK's own configuration, the Region from the secret's ARN.
 */
final class SecretLogin implements LoginSource {

    private static final int REGION = 3;
    private static final Duration ATTEMPT = Duration.ofSeconds(5);
    private static final int ATTEMPTS = 4;

    private final String arn;

    SecretLogin(String arn) {
        this.arn = arn;
    }

    @Override
    public DatabaseLogin read() {
        String secret = secret();
        if (secret == null) {
            throw new DatabaseException("secret " + arn + " is binary: " + cure());
        }
        JsonNode json = json(secret);
        return new DatabaseLogin(field(json, "username"), field(json, "password"));
    }

    private String secret() {
        try (SecretsManagerClient client = SecretsManagerClient.builder()
                .region(Region.of(arn.split(":")[REGION]))
                .httpClientBuilder(UrlConnectionHttpClient.builder())
                .overrideConfiguration(
                        calls -> calls.apiCallAttemptTimeout(ATTEMPT).apiCallTimeout(ATTEMPT.multipliedBy(ATTEMPTS)))
                .build()) {
            return client.getSecretValue(request -> request.secretId(arn)).secretString();
        } catch (AwsServiceException e) {
            String message = "secret " + arn + " cannot be read: " + e.getMessage();
            if (passes(e)) {
                throw new LoginUnavailableException(message, e);
            }
            throw new DatabaseException(message + "; its reader needs secretsmanager:GetSecretValue", e);
        } catch (SdkClientException e) {
            throw new LoginUnavailableException("secret " + arn + " cannot be read: " + e.getMessage(), e);
        }
    }

    /** Server errors and throttling pass; expired credentials of AWS are renewed by whoever gave them. */
    private static boolean passes(AwsServiceException e) {
        return e.statusCode() >= 500
                || e.isThrottlingException()
                || e.awsErrorDetails() != null
                        && "ExpiredTokenException".equals(e.awsErrorDetails().errorCode());
    }

    /** The parser's own message could quote the secret, so it is not passed on. */
    private JsonNode json(String secret) {
        try {
            return new ObjectMapper().readTree(secret);
        } catch (JsonProcessingException e) {
            throw new DatabaseException("secret " + arn + " is not JSON: " + cure());
        }
    }

    private String field(JsonNode json, String name) {
        JsonNode value = json.path(name);
        if (!value.isTextual() || value.textValue().isEmpty()) {
            throw new DatabaseException("secret " + arn + " has no text " + name + ": " + cure());
        }
        return value.textValue();
    }

    private static String cure() {
        return "it must be a JSON object with username and password";
    }
}
