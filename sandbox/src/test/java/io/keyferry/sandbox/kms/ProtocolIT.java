package io.keyferry.sandbox.kms;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class ProtocolIT {

    private static final String SIGNED = "AWS4-HMAC-SHA256 Credential=AKID/20260101/us-west-2/kms/aws4_request,"
            + " SignedHeaders=host, Signature=00";

    @RegisterExtension
    static final RunningKms RUNNING = new RunningKms();

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private HttpResponse<String> call(String target, String authorization, String body)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(RUNNING.server().endpoint())
                .header("Content-Type", "application/x-amz-json-1.1")
                .POST(HttpRequest.BodyPublishers.ofString(body));
        if (target != null) {
            request.header("X-Amz-Target", target);
        }
        if (authorization != null) {
            request.header("Authorization", authorization);
        }
        return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private void assertError(HttpResponse<String> response, String code, String message) throws IOException {
        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(response.headers().firstValue("Content-Type")).hasValue("application/x-amz-json-1.1");
        assertThat(response.headers().firstValue("x-amzn-RequestId")).isPresent();
        JsonNode body = new ObjectMapper().readTree(response.body());
        assertThat(body.get("__type").asText()).isEqualTo(code);
        assertThat(body.get("message").asText()).isEqualTo(message);
    }

    @Test
    void answersInAwsJson() throws Exception {
        var response = call("TrentService.ListKeys", SIGNED, "{}");

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValue("Content-Type")).hasValue("application/x-amz-json-1.1");
        assertThat(response.headers().firstValue("x-amzn-RequestId")).isPresent();
        assertThat(new ObjectMapper().readTree(response.body()).get("Keys").isArray())
                .isTrue();
    }

    @Test
    void refusesAnOperationItDoesNotKnow() throws Exception {
        assertError(call("TrentService.Sign", SIGNED, "{}"), "UnknownOperationException", "");
        assertError(call("ListKeys", SIGNED, "{}"), "UnknownOperationException", "");
        assertError(call(null, SIGNED, "{}"), "UnknownOperationException", "");
        assertError(call("TrentService.GetSecretValue", SIGNED, "{}"), "UnknownOperationException", "");
    }

    @Test
    void refusesARequestThatIsNotSigned() throws Exception {
        assertError(
                call("TrentService.ListKeys", null, "{}"),
                "MissingAuthenticationTokenException",
                "Missing Authentication Token");
        assertError(
                call("TrentService.ListKeys", "Basic dGVzdDp0ZXN0", "{}"),
                "IncompleteSignatureException",
                "Authorization header requires a Credential with a valid scope.");
        assertError(
                call("TrentService.ListKeys", SIGNED.replace("/kms/", "/s3/"), "{}"),
                "InvalidSignatureException",
                "Credential should be scoped to correct service: 'kms'.");
    }

    @Test
    void refusesABodyThatIsNotWhatTheOperationTakes() throws Exception {
        assertError(
                call("TrentService.ListKeys", SIGNED, "{\"a\":"), "SerializationException", "The request is not JSON.");
        assertError(
                call("TrentService.ListKeys", SIGNED, "{} {}"), "SerializationException", "The request is not JSON.");
        assertError(
                call("TrentService.ListKeys", SIGNED, "[]"),
                "SerializationException",
                "Start of structure or map expected.");
        assertError(
                call("TrentService.ListKeys", SIGNED, ""),
                "SerializationException",
                "Start of structure or map expected.");
        assertError(
                call("TrentService.DescribeKey", SIGNED, "{\"KeyId\":1}"),
                "SerializationException",
                "NUMBER_VALUE can not be converted to a String");
        assertError(
                call("TrentService.CreateKey", SIGNED, "{\"MultiRegion\":\"yes\"}"),
                "SerializationException",
                "STRING_VALUE can not be converted to Boolean");
        assertError(
                call("TrentService.GenerateDataKey", SIGNED, "{\"KeyId\":\"k\",\"NumberOfBytes\":\"32\"}"),
                "SerializationException",
                "STRING_VALUE can not be converted to an Integer");
        assertError(
                call("TrentService.Decrypt", SIGNED, "{\"CiphertextBlob\":\"AQ==\",\"EncryptionContext\":[]}"),
                "SerializationException",
                "START_ARRAY can not be converted to a Map");
        assertError(
                call("TrentService.Decrypt", SIGNED, "{\"CiphertextBlob\":\"?\"}"),
                "SerializationException",
                "STRING_VALUE at 'CiphertextBlob' is not base64");
        assertError(
                call("TrentService.Decrypt", SIGNED, "{\"CiphertextBlob\":null}"),
                "ValidationException",
                "1 validation error detected: Value null at 'ciphertextBlob' failed to satisfy constraint: Member"
                        + " must not be null");
    }
}
