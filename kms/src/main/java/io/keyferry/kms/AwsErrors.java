package io.keyferry.kms;

import io.keyferry.model.KeyFerryException;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.stream.Collectors;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.SdkException;

/** Says what the failure of a call means: to be made again, this value's fault, or a key's. */
final class AwsErrors {

    private static final String RESUME = "and run again; nothing is lost.";

    KeyFerryException translate(AwsCall call, Throwable failure) {
        if (failure instanceof AwsServiceException refusal) {
            return refused(call, refusal);
        }
        if (failure instanceof SdkException || failure instanceof IOException || failure instanceof TimeoutException) {
            return new RetryableKmsException(unreachable(call, failure), false, failure);
        }
        return new KeyException(
                call.operation() + " failed in a way that KeyFerry does not know ("
                        + failure.getClass().getName() + "). Please report it, with the stack trace.",
                failure);
    }

    private static String unreachable(AwsCall call, Throwable failure) {
        String text = Objects.requireNonNullElse(failure.getMessage(), failure.toString())
                .replace(" (SDK Attempt Count: 1)", "");
        // The SDK goes on with advice that does not fit here.
        text = text.lines().findFirst().orElse("").split("\\. ", 2)[0];
        if (text.toLowerCase(Locale.ROOT).contains("credentials")) {
            return "AWS credentials cannot be loaded: environment, profile, container and instance were asked. "
                    + "Sign in again, or give this process a role";
        }
        return "KMS in " + call.region() + " cannot be reached or does not answer: " + text;
    }

    private static KeyFerryException refused(AwsCall call, AwsServiceException refusal) {
        String code = refusal.awsErrorDetails() == null
                ? ""
                : Objects.requireNonNullElse(refusal.awsErrorDetails().errorCode(), "");
        String text = refusal.awsErrorDetails() == null
                ? ""
                : Objects.requireNonNullElse(refusal.awsErrorDetails().errorMessage(), "");
        if (refusal.isThrottlingException() || refusal.statusCode() == 429) {
            return new RetryableKmsException(
                    "KMS in " + call.region() + " throttles: the account's request quota is used up", true, refusal);
        }
        List<AwsCall.KeyUse> keys = call.namedIn(text);
        return switch (code) {
            case "DependencyTimeoutException",
                    "KMSInternalException",
                    "KeyUnavailableException",
                    "LimitExceededException" -> busy(call, code, refusal);
            case "ExpiredTokenException", "ExpiredToken", "RequestExpired", "TokenRefreshRequired" ->
                new RetryableKmsException(
                        "The AWS credentials have expired: sign in again, or let the role renew them", false, refusal);
            case "InvalidCiphertextException" ->
                new ValueException(
                        ValueException.Kind.INVALID_CIPHERTEXT,
                        "KMS finds the ciphertext invalid: it is not KMS ciphertext, was altered, or was encrypted with "
                                + "another encryption context than the one given",
                        refusal);
            case "IncorrectKeyException" ->
                new ValueException(
                        ValueException.Kind.INCORRECT_KEY,
                        "The value was not encrypted under "
                                + call.keys().get(0).arn(),
                        refusal);
            case "DisabledException" ->
                new KeyException(
                        sentence(keys, AwsCall.KeyUse::toString) + " is disabled. Enable it ("
                                + commands(keys, "enable-key", call) + ") " + RESUME,
                        refusal);
            case "KMSInvalidStateException" ->
                new KeyException(
                        sentence(keys, AwsCall.KeyUse::toString) + " cannot be used now: " + text
                                + " Where it is pending deletion, cancel that ("
                                + commands(keys, "cancel-key-deletion", call)
                                + ") and enable it; where it is being created, wait. Then run again; nothing is lost.",
                        refusal);
            case "NotFoundException", "InvalidArnException" ->
                new KeyException(
                        sentence(keys, AwsCall.KeyUse::toString) + " does not exist in " + call.region() + " (" + text
                                + "). Correct the ARN " + RESUME,
                        refusal);
            case "InvalidKeyUsageException" ->
                new KeyException(
                        sentence(keys, AwsCall.KeyUse::toString)
                                + " is not a symmetric key for encryption and decryption. Name one that is " + RESUME,
                        refusal);
            case "AccessDeniedException" ->
                new KeyException(
                        "Access denied" + (text.isEmpty() ? "" : " (" + text + ")") + ". Allow "
                                + keys.stream()
                                        .map(key -> key.permission() + " on " + key)
                                        .collect(Collectors.joining(" and "))
                                + ", in the key's policy and the caller's " + RESUME,
                        refusal);
            case "UnrecognizedClientException",
                    "InvalidClientTokenId",
                    "IncompleteSignature",
                    "MissingAuthenticationToken",
                    "MissingAuthenticationTokenException",
                    "OptInRequired" -> unknownCaller(code, refusal);
            case "InvalidSignatureException", "SignatureDoesNotMatch" ->
                // The SDK sets its clock by the answer it refused, so the next attempt is signed with the right time.
                refusal.isClockSkewException() || text.contains("Signature expired") || text.contains("not yet current")
                        ? new RetryableKmsException("This machine's clock differs from that of AWS", false, refusal)
                        : unknownCaller(code, refusal);
            default -> otherwise(call, code, text, refusal);
        };
    }

    private static KeyFerryException otherwise(AwsCall call, String code, String text, AwsServiceException refusal) {
        if (refusal.statusCode() >= 500 || refusal.isClockSkewException()) {
            return busy(call, code, refusal);
        }
        if (code.equals("ValidationException") && !text.toLowerCase(Locale.ROOT).contains("keyid")) {
            return new ValueException(
                    ValueException.Kind.INVALID_CIPHERTEXT,
                    "KMS does not accept the request: the ciphertext or the encryption context is out of its limits",
                    refusal);
        }
        return new KeyException(
                "KMS in " + call.region() + " refuses " + call.operation() + " with "
                        + sentence(call.keys(), AwsCall.KeyUse::toString) + ": " + code + ", HTTP "
                        + refusal.statusCode(),
                refusal);
    }

    private static RetryableKmsException busy(AwsCall call, String code, AwsServiceException refusal) {
        return new RetryableKmsException(
                "KMS in " + call.region() + " answers HTTP " + refusal.statusCode() + " " + code, false, refusal);
    }

    private static KeyException unknownCaller(String code, AwsServiceException refusal) {
        return new KeyException(
                "AWS does not accept the credentials (" + code + "). Correct access key and secret, or the role, "
                        + RESUME,
                refusal);
    }

    private static String commands(List<AwsCall.KeyUse> keys, String command, AwsCall call) {
        return keys.stream()
                .map(key -> "aws kms " + command + " --region " + call.region() + " --key-id " + key.arn())
                .distinct()
                .collect(Collectors.joining("; "));
    }

    private static String sentence(List<AwsCall.KeyUse> keys, Function<AwsCall.KeyUse, String> words) {
        String text = keys.stream().map(words).collect(Collectors.joining(" or "));
        return text.substring(0, 1).toUpperCase(Locale.ROOT) + text.substring(1);
    }
}
