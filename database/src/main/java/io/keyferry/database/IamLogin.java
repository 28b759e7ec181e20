package io.keyferry.database;

import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.http.SdkHttpMethod;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4FamilyHttpSigner;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4HttpSigner;
import software.amazon.awssdk.http.auth.spi.signer.HttpSigner;
import software.amazon.awssdk.identity.spi.AwsCredentialsIdentity;

/**
 * A user of RDS or Aurora that AWS IAM vouches for. Its password is a token: a signed request to connect to this one server
 * as this one user, good for a quarter of an hour. Making one asks no server, but for the AWS credentials themselves.
 */
final class IamLogin implements LoginSource {

    private static final Duration GOOD_FOR = Duration.ofMinutes(15);

    /** A connection that is being opened, and a clock that goes wrong by a little, have five minutes. */
    private static final Duration USED_FOR = Duration.ofMinutes(10);

    private static final Pattern ENDPOINT =
            Pattern.compile(".*\\.([a-z]{2,8}(?:-[a-z]+)+-\\d+)\\.rds\\.amazonaws\\..*");

    private final String user;
    private final DatabaseAddress.Host host;
    private final String region;
    private final AwsCredentialsProvider credentials;
    private final Clock clock;

    /** @throws DatabaseException where the address is not one endpoint of RDS, which is what a token is for */
    IamLogin(String user, DatabaseAddress address, AwsCredentialsProvider credentials, Clock clock) {
        if (address.hosts().size() != 1) {
            throw new DatabaseException(
                    "database.url names several hosts, and a token of IAM is for one of them: name the"
                            + " cluster's endpoint, which leads to the primary");
        }
        this.user = user;
        this.host = address.hosts().get(0);
        Matcher endpoint = ENDPOINT.matcher(host.name());
        if (!endpoint.matches()) {
            throw new DatabaseException("database.url names " + host.name() + ", and database.credentials.iam needs the"
                    + " endpoint that RDS gives, such as app.abc123.us-west-2.rds.amazonaws.com: a token for another name is"
                    + " refused");
        }
        this.region = endpoint.group(1);
        this.credentials = credentials;
        this.clock = clock;
    }

    @Override
    public DatabaseLogin read() {
        return new DatabaseLogin(user, token(identity()));
    }

    private AwsCredentialsIdentity identity() {
        try {
            return credentials.resolveCredentials();
        } catch (SdkException e) {
            throw new LoginUnavailableException(
                    "there are no AWS credentials to sign a token for database user " + user + " with: "
                            + e.getMessage(),
                    e);
        }
    }

    private String token(AwsCredentialsIdentity identity) {
        SdkHttpRequest request = SdkHttpRequest.builder()
                .method(SdkHttpMethod.GET)
                .protocol("https")
                .host(host.name())
                .port(host.port())
                .encodedPath("/")
                .putRawQueryParameter("DBUser", user)
                .putRawQueryParameter("Action", "connect")
                .build();
        return AwsV4HttpSigner.create()
                .sign(sign -> sign.identity(identity)
                        .request(request)
                        .putProperty(AwsV4FamilyHttpSigner.SERVICE_SIGNING_NAME, "rds-db")
                        .putProperty(AwsV4HttpSigner.REGION_NAME, region)
                        .putProperty(
                                AwsV4FamilyHttpSigner.AUTH_LOCATION, AwsV4FamilyHttpSigner.AuthLocation.QUERY_STRING)
                        .putProperty(AwsV4FamilyHttpSigner.EXPIRATION_DURATION, GOOD_FOR)
                        .putProperty(HttpSigner.SIGNING_CLOCK, clock))
                .request()
                .getUri()
                .toString()
                .substring("https://".length());
    }

    @Override
    public Optional<Duration> usedFor() {
        return Optional.of(USED_FOR);
    }
}
