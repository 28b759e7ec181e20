package io.keyferry.sandbox.kms;

/** An error as AWS answers it: a code, a message and the HTTP status. */
final class AwsException extends RuntimeException {

    private final String code;
    private final int status;

    AwsException(String code, int status, String message) {
        // Thousands a second are thrown when a quota is used up: nobody reads their stack traces.
        super(message, null, false, false);
        this.code = code;
        this.status = status;
    }

    /** A client error, which AWS's JSON protocol answers with HTTP 400 whatever its kind. */
    AwsException(String code, String message) {
        this(code, 400, message);
    }

    static AwsException validation(String message) {
        return new AwsException("ValidationException", message);
    }

    /** A parameter breaks a constraint of the service's model. */
    static AwsException constraint(String subject, String constraint) {
        return validation(
                "1 validation error detected: " + subject + " failed to satisfy constraint: Member must " + constraint);
    }

    static AwsException notFound(String message) {
        return new AwsException("NotFoundException", message);
    }

    static AwsException invalidState(String message) {
        return new AwsException("KMSInvalidStateException", message);
    }

    static AwsException unsupported(String message) {
        return new AwsException("UnsupportedOperationException", message);
    }

    /** Not ciphertext, altered, or another encryption context: AWS does not tell these apart, and gives no message. */
    static AwsException invalidCiphertext() {
        return new AwsException("InvalidCiphertextException", "");
    }

    String code() {
        return code;
    }

    int status() {
        return status;
    }
}
