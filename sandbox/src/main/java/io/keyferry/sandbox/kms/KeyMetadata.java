package io.keyferry.sandbox.kms;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.List;

/** Tells what DescribeKey tells of a key. */
final class KeyMetadata {

    private KeyMetadata() {}

    /** A time as AWS's JSON has it: seconds since 1970 with a fraction. */
    static double seconds(long millis) {
        return millis / 1000.0;
    }

    static ObjectNode of(Key key, Vault vault, String account, Instant now) {
        KeyState state = key.stateAt(now);
        ObjectNode metadata = JsonNodeFactory.instance.objectNode();
        metadata.put("AWSAccountId", account)
                .put("KeyId", key.id())
                .put("Arn", key.arn())
                .put("CreationDate", seconds(key.createdAt()))
                .put("Enabled", state == KeyState.ENABLED)
                .put("Description", key.description())
                .put("KeyUsage", "ENCRYPT_DECRYPT")
                .put("KeyState", state.word())
                .put("Origin", "AWS_KMS")
                .put("KeyManager", "CUSTOMER")
                .put("CustomerMasterKeySpec", "SYMMETRIC_DEFAULT")
                .put("KeySpec", "SYMMETRIC_DEFAULT")
                .put("MultiRegion", key.isMultiRegion())
                .put("CurrentKeyMaterialId", vault.currentMaterial(key).id());
        metadata.putArray("EncryptionAlgorithms").add("SYMMETRIC_DEFAULT");
        if (key.deletedAt() != null) {
            metadata.put("DeletionDate", seconds(key.deletedAt()));
        }
        if (key.windowInDays() != null) {
            metadata.put("PendingDeletionWindowInDays", key.windowInDays());
        }
        if (key.isMultiRegion()) {
            metadata.set("MultiRegionConfiguration", family(key, vault, now));
        }
        return metadata;
    }

    private static ObjectNode family(Key key, Vault vault, Instant now) {
        ObjectNode configuration = JsonNodeFactory.instance.objectNode();
        configuration.put("MultiRegionKeyType", key.isPrimary() ? "PRIMARY" : "REPLICA");
        List<Key> family = vault.family(key).stream()
                .filter(member -> member.existsAt(now))
                .toList();
        family.stream().filter(Key::isPrimary).forEach(primary -> configuration.set("PrimaryKey", member(primary)));
        var replicas = configuration.putArray("ReplicaKeys");
        family.stream().filter(Key::isReplica).forEach(replica -> replicas.add(member(replica)));
        return configuration;
    }

    private static ObjectNode member(Key key) {
        return JsonNodeFactory.instance.objectNode().put("Arn", key.arn()).put("Region", key.region());
    }
}
