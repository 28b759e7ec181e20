package io.keyferry.sandbox.kms;

/**
 * A name for a key, in one Region.
 *
 * @param createdAt in milliseconds since 1970
 */
record Alias(String arn, String name, String region, String keyId, long createdAt) {}
