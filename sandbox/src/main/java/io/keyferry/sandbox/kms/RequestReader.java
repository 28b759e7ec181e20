package io.keyferry.sandbox.kms;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads requests of AWS's JSON 1.1 protocol. The signature is not verified; the Region is taken from its scope. */
final class RequestReader {

    private static final Pattern SCOPE =
            Pattern.compile("Credential=[^/,]+/\\d{8}/([a-z0-9-]+)/([a-z0-9-]+)/aws4_request");

    private final ObjectMapper json = new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    /**
     * @param authorization the header, or null
     * @param body JSON
     */
    AwsRequest read(AwsRequest.Service service, String operation, String authorization, byte[] body) {
        return new AwsRequest(service, operation, region(service, authorization), new Parameters(parse(body)));
    }

    private static String region(AwsRequest.Service service, String authorization) {
        if (authorization == null || authorization.isBlank()) {
            throw new AwsException("MissingAuthenticationTokenException", "Missing Authentication Token");
        }
        Matcher scope = SCOPE.matcher(authorization);
        if (!scope.find()) {
            throw new AwsException(
                    "IncompleteSignatureException", "Authorization header requires a Credential with a valid scope.");
        }
        if (!scope.group(2).equals(service.signingName())) {
            throw new AwsException(
                    "InvalidSignatureException",
                    "Credential should be scoped to correct service: '" + service.signingName() + "'.");
        }
        return scope.group(1);
    }

    private ObjectNode parse(byte[] body) {
        try {
            JsonNode parsed = json.readTree(body);
            if (parsed instanceof ObjectNode object) {
                return object;
            }
            throw new AwsException("SerializationException", "Start of structure or map expected.");
        } catch (JsonProcessingException e) {
            throw new AwsException("SerializationException", "The request is not JSON.");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
