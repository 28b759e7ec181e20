package io.keyferry.sandbox.kms;

import java.util.List;

/**
 * What lets a principal use a key.
 *
 * @param keyArn of the key, in its Region
 * @param name null where it has none
 * @param createdAt in milliseconds since 1970
 */
record Grant(String id, String keyArn, String name, String grantee, List<String> operations, long createdAt) {}
