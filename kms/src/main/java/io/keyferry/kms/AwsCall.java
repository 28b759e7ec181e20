package io.keyferry.kms;

import java.util.List;

/** What was asked of KMS, as far as an error message needs it. */
record AwsCall(String operation, String region, List<KeyUse> keys) {

    /** A key, the part it plays in the call, and the permission that this needs. */
    record KeyUse(String role, String arn, String permission) {

        @Override
        public String toString() {
            return role + " " + arn;
        }
    }

    static AwsCall reEncrypt(String region, String sourceKey, String targetKey) {
        return new AwsCall(
                "ReEncrypt",
                region,
                List.of(
                        new KeyUse("source key", sourceKey, "kms:ReEncryptFrom"),
                        new KeyUse("target key", targetKey, "kms:ReEncryptTo")));
    }

    static AwsCall decrypt(String region, String key) {
        return new AwsCall("Decrypt", region, List.of(new KeyUse("key", key, "kms:Decrypt")));
    }

    static AwsCall describe(String region, String key) {
        return new AwsCall("DescribeKey", region, List.of(new KeyUse("key", key, "kms:DescribeKey")));
    }

    /** The keys an error message of AWS is about: those it names by ARN or by permission, or else all of the call. */
    List<KeyUse> namedIn(String message) {
        List<KeyUse> named = keys.stream()
                .filter(key -> message.contains(key.arn()) || message.contains(key.permission()))
                .toList();
        return named.isEmpty() ? keys : named;
    }
}
