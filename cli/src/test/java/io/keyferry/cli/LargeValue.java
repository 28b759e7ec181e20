package io.keyferry.cli;

import io.keyferry.kms.KmsAccess;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.kms.KmsAsyncClient;

/** A value of the largest plaintext that KMS takes, which PostgreSQL stores out of line. */
final class LargeValue {

    static final String TEXT = "x".repeat(4096);

    private LargeValue() {}

    static byte[] encrypt(KmsAccess access, String key) {
        try (KmsAsyncClient kms = client(access)) {
            return kms.encrypt(request -> request.keyId(key).plaintext(SdkBytes.fromUtf8String(TEXT)))
                    .join()
                    .ciphertextBlob()
                    .asByteArray();
        }
    }

    static String decrypt(KmsAccess access, String key, byte[] ciphertext) {
        try (KmsAsyncClient kms = client(access)) {
            return kms.decrypt(request -> request.keyId(key).ciphertextBlob(SdkBytes.fromByteArray(ciphertext)))
                    .join()
                    .plaintext()
                    .asUtf8String();
        }
    }

    static void enable(KmsAccess access, String key, boolean enabled) {
        try (KmsAsyncClient kms = client(access)) {
            if (enabled) {
                kms.enableKey(request -> request.keyId(key)).join();
            } else {
                kms.disableKey(request -> request.keyId(key)).join();
            }
        }
    }

    private static KmsAsyncClient client(KmsAccess access) {
        return KmsAsyncClient.builder()
                .region(Region.of(access.region()))
                .endpointOverride(access.endpoint().orElseThrow())
                .credentialsProvider(access.credentials().orElseThrow())
                .build();
    }
}
