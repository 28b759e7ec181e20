package io.keyferry.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.rds.RdsUtilities;

class IamLoginTest {

    private static final String HOST = "app.cluster-abc123.us-west-2.rds.amazonaws.com";
    private static final AwsCredentialsProvider CREDENTIALS =
            StaticCredentialsProvider.create(AwsSessionCredentials.create("AKIDEXAMPLE", "s3cret", "session/+="));

    private static IamLogin login(String hosts, AwsCredentialsProvider credentials) {
        return new IamLogin(
                "key ferry",
                DatabaseAddress.parse("jdbc:postgresql://" + hosts + "/app"),
                credentials,
                Clock.systemUTC());
    }

    @Test
    void signsTheTokenThatTheAwsSdkOfRdsSigns() {
        IamLogin login = login(HOST + ":6432", CREDENTIALS);

        String before;
        DatabaseLogin ours;
        String after;
        // a token holds the second in which it was signed
        do {
            before = theirs();
            ours = login.read();
            after = theirs();
        } while (!before.equals(after));

        // the same parts and the same signature; their order in the text is not signed
        assertThat(ours.password().split("[?&]"))
                .containsExactlyInAnyOrder(before.split("[?&]"))
                .startsWith(HOST + ":6432/");
        assertThat(ours.toString()).doesNotContain("Signature");
    }

    private static String theirs() {
        return RdsUtilities.builder()
                .region(Region.US_WEST_2)
                .build()
                .generateAuthenticationToken(token ->
                        token.hostname(HOST).port(6432).username("key ferry").credentialsProvider(CREDENTIALS));
    }

    @Test
    void isReadAgainBeforeTheTokenIsTooOld() {
        assertThat(login(HOST, CREDENTIALS).usedFor())
                .isEqualTo(Optional.of(Duration.ofMinutes(10)))
                .hasValueSatisfying(time -> assertThat(time).isLessThan(Duration.ofMinutes(15)));
    }

    @Test
    void refusesWhatNoTokenIsFor() {
        assertThatThrownBy(() -> login("db.internal", CREDENTIALS))
                .isInstanceOf(DatabaseException.class)
                .hasMessageContaining("db.internal")
                .hasMessageContaining("the endpoint that RDS gives");
        assertThatThrownBy(() -> login(HOST + ",b." + HOST, CREDENTIALS))
                .isInstanceOf(DatabaseException.class)
                .hasMessageContaining("several hosts");
    }

    @Test
    void waitsForAwsCredentialsThatAreNotThere() {
        IamLogin login = login(HOST, () -> {
            throw SdkClientException.create("no credentials in the chain");
        });

        assertThatThrownBy(login::read)
                .isInstanceOf(LoginUnavailableException.class)
                .hasMessageContaining("no credentials in the chain");
    }
}
