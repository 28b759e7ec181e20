package io.keyferry.kms;

import static org.assertj.core.api.Assertions.assertThat;

import io.keyferry.model.KeyFerryException;
import java.net.ConnectException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.services.kms.model.KmsException;

class AwsErrorsTest {

    private static final String SOURCE = "arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
    private static final String TARGET = "arn:aws:kms:us-west-2:111122223333:key/mrk-0987dcba09fe87dc65baab0987654321";

    private final AwsErrors errors = new AwsErrors();

    @ParameterizedTest
    @CsvSource({
        "400, ThrottlingException, true",
        "400, Throttling, true",
        "400, RequestLimitExceeded, true",
        "429, SomethingNew, true",
        "400, LimitExceededException, false",
        "400, KMSInternalException, false",
        "500, KMSInternalException, false",
        "500, DependencyTimeoutException, false",
        "500, KeyUnavailableException, false",
        "500, InternalFailure, false",
        "503, ServiceUnavailable, false",
        "502, '', false",
        "400, ExpiredTokenException, false",
        "400, RequestExpired, false",
    })
    void retriesWhatTimeMayCure(int status, String code, boolean throttled) {
        KeyFerryException failure = translated(status, code, "text");

        assertThat(failure).isInstanceOfSatisfying(RetryableKmsException.class, retryable -> {
            assertThat(retryable.isThrottled()).isEqualTo(throttled);
            assertThat(retryable).hasCauseInstanceOf(KmsException.class);
        });
    }

    @Test
    void retriesWhenTheNetworkFails() {
        KeyFerryException failure = translated(
                SdkClientException.create("Unable to execute HTTP request", new ConnectException("refused")));

        assertThat(failure).isInstanceOf(RetryableKmsException.class).hasMessageContaining("us-west-2");
    }

    @Test
    void retriesWhenCredentialsCannotBeLoaded() {
        KeyFerryException failure = translated(SdkClientException.create(
                "Unable to load credentials from any of the providers in the chain AwsCredentialsProviderChain(…)"));

        assertThat(failure)
                .isInstanceOf(RetryableKmsException.class)
                .hasMessageStartingWith("AWS credentials cannot be loaded");
    }

    @Test
    void retriesWhenTheClockIsWrong() {
        assertThat(translated(400, "InvalidSignatureException", "Signature expired: 20260101T000000Z is now earlier"))
                .isInstanceOf(RetryableKmsException.class);
        assertThat(translated(400, "InvalidSignatureException", "The request signature we calculated does not match"))
                .isInstanceOf(KeyException.class)
                .hasMessageContaining("credentials");
    }

    @ParameterizedTest
    @CsvSource({"InvalidCiphertextException, INVALID_CIPHERTEXT", "IncorrectKeyException, INCORRECT_KEY"})
    void blamesTheValueWhereTheValueIsToBlame(String code, ValueException.Kind kind) {
        assertThat(translated(400, code, ""))
                .isInstanceOfSatisfying(
                        ValueException.class, value -> assertThat(value.kind()).isEqualTo(kind));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "DisabledException",
                "KMSInvalidStateException",
                "NotFoundException",
                "InvalidKeyUsageException",
                "AccessDeniedException"
            })
    void namesTheKeyThatAwsNames(String code) {
        assertThat(translated(400, code, TARGET + " has something"))
                .isInstanceOf(KeyException.class)
                .hasMessageContaining("arget key " + TARGET)
                .hasMessageNotContaining(SOURCE)
                .hasMessageEndingWith("nothing is lost.");
        assertThat(translated(400, code, ""))
                .isInstanceOf(KeyException.class)
                .hasMessageContaining(SOURCE)
                .hasMessageContaining(TARGET);
    }

    @Test
    void tellsHowToEnableADisabledKey() {
        assertThat(translated(400, "DisabledException", SOURCE + " is disabled."))
                .hasMessage("Source key " + SOURCE + " is disabled. Enable it (aws kms enable-key --region us-west-2"
                        + " --key-id " + SOURCE + ") and run again; nothing is lost.");
    }

    @Test
    void namesThePermissionThatIsMissing() {
        assertThat(translated(400, "AccessDeniedException", "User: x is not authorized to perform: kms:ReEncryptTo"))
                .hasMessageContaining("Allow kms:ReEncryptTo on target key " + TARGET)
                .hasMessageNotContaining("kms:ReEncryptFrom");
        assertThat(translated(400, "AccessDeniedException", ""))
                .hasMessageContaining("kms:ReEncryptFrom on source key " + SOURCE)
                .hasMessageContaining("kms:ReEncryptTo on target key " + TARGET);
    }

    @Test
    void retriesNothingThatIsAFaultOfItsOwn() {
        assertThat(errors.translate(call(), new IllegalStateException("bug")))
                .isInstanceOf(KeyException.class)
                .hasMessageContaining("IllegalStateException");
        assertThat(translated(400, "SomethingNew", "…")).isInstanceOf(KeyException.class);
    }

    private KeyFerryException translated(int status, String code, String text) {
        return translated(KmsException.builder()
                .statusCode(status)
                .awsErrorDetails(AwsErrorDetails.builder()
                        .errorCode(code)
                        .errorMessage(text)
                        .build())
                .build());
    }

    private KeyFerryException translated(Throwable failure) {
        return errors.translate(call(), failure);
    }

    private static AwsCall call() {
        return AwsCall.reEncrypt("us-west-2", SOURCE, TARGET);
    }
}
