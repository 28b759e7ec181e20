package io.keyferry.kms;

import java.net.URI;
import java.util.Optional;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;

/**
 * Where KMS is and who asks.
 *
 * @param region Region of the calls, such as {@code us-west-2}
 * @param endpoint empty for the AWS SDK's own configuration ({@code AWS_ENDPOINT_URL_KMS}, the profile, AWS itself)
 * @param credentials empty for the AWS SDK's default chain; the caller's to close
 */
public record KmsAccess(String region, Optional<URI> endpoint, Optional<AwsCredentialsProvider> credentials) {

    /** Endpoint and credentials as the AWS SDK finds them in environment, profile and instance. */
    public static KmsAccess ofEnvironment(String region) {
        return new KmsAccess(region, Optional.empty(), Optional.empty());
    }
}
