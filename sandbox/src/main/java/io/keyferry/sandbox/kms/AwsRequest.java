package io.keyferry.sandbox.kms;

import java.util.Set;

/** One call of an operation in a Region. */
record AwsRequest(Service service, String operation, String region, Parameters parameters) {

    /** The two services behind the endpoint. */
    enum Service {
        KMS("TrentService", "kms"),
        SECRETS_MANAGER("secretsmanager", "secretsmanager");

        private final String target;
        private final String signingName;

        Service(String target, String signingName) {
            this.target = target;
            this.signingName = signingName;
        }

        /** What the X-Amz-Target header has before the dot. */
        String target() {
            return target;
        }

        /** What the credential scope has after the Region. */
        String signingName() {
            return signingName;
        }
    }

    private static final Set<String> CRYPTOGRAPHIC =
            Set.of("Encrypt", "Decrypt", "ReEncrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext");

    /** Whether the operation is one of those that share the request quota. */
    static boolean isCryptographic(Service service, String operation) {
        return service == Service.KMS && CRYPTOGRAPHIC.contains(operation);
    }
}
