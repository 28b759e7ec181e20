package io.keyferry.sandbox.kms;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Pattern;

/** The operations that make, replicate, describe and rotate keys. */
final class Keys {

    private static final int MAX_KEY_ID = 2048;
    private static final int MAX_ROTATIONS = 25;
    private static final Pattern REGION = Pattern.compile("([a-z]+-){2,3}\\d+");

    private final VaultKeeper keeper;
    private final KeyDirectory directory;
    private final Clock clock;
    private final SecureRandom random;
    private volatile Duration replication = Duration.ZERO;

    Keys(VaultKeeper keeper, KeyDirectory directory, Clock clock, SecureRandom random) {
        this.keeper = keeper;
        this.directory = directory;
        this.clock = clock;
        this.random = random;
    }

    /** How long a new replica is being created. */
    void replication(Duration duration) {
        replication = duration;
    }

    Map<String, Operation> operations() {
        return Map.of(
                "CreateKey", this::create,
                "ReplicateKey", this::replicate,
                "DescribeKey", this::describe,
                "ListKeys", this::list,
                "RotateKeyOnDemand", this::rotate);
    }

    private ObjectNode create(AwsRequest request) {
        Parameters parameters = request.parameters();
        requireOnly(parameters, "KeySpec", "SYMMETRIC_DEFAULT");
        requireOnly(parameters, "CustomerMasterKeySpec", "SYMMETRIC_DEFAULT");
        requireOnly(parameters, "KeyUsage", "ENCRYPT_DECRYPT");
        requireOnly(parameters, "Origin", "AWS_KMS");
        String description = parameters.text("Description").orElse("");
        Key key = create(request.region(), description, parameters.flag("MultiRegion"));
        return answer("KeyMetadata", metadata(key));
    }

    Key create(String region, String description, boolean multiRegion) {
        String id = multiRegion ? "mrk-" + hex(16) : UUID.randomUUID().toString();
        long now = clock.millis();
        Key key = new Key(
                directory.keyArn(region, id),
                id,
                region,
                description,
                KeyState.ENABLED,
                multiRegion ? region : null,
                now,
                now,
                null,
                null);
        keeper.change(vault -> vault.with(key).with(id, KeyMaterial.generate(random)));
        return key;
    }

    private ObjectNode replicate(AwsRequest request) {
        Parameters parameters = request.parameters();
        String keyId = parameters.requiredText("KeyId", MAX_KEY_ID);
        String region = parameters.requiredText("ReplicaRegion", 32);
        if (!REGION.matcher(region).matches()) {
            throw AwsException.constraint(
                    "Value '" + region + "' at 'replicaRegion'",
                    "satisfy regular expression pattern: ^([a-z]+-){2,3}\\d+$");
        }
        Key primary = directory.findWithoutAlias(request.region(), keyId);
        Key replica = replicate(primary, region, parameters.text("Description").orElse(""));
        ObjectNode answer = answer("ReplicaKeyMetadata", metadata(replica));
        answer.put("ReplicaPolicy", "{}");
        answer.putArray("ReplicaTags");
        return answer;
    }

    Key replicate(Key primary, String region, String description) {
        if (!primary.isPrimary()) {
            throw AwsException.unsupported(primary.arn() + " is not a multi-Region primary key.");
        }
        Instant now = clock.instant();
        primary.requireUsable(now);
        Key replica = new Key(
                directory.keyArn(region, primary.id()),
                primary.id(),
                region,
                description,
                KeyState.ENABLED,
                primary.region(),
                now.toEpochMilli(),
                now.plus(replication).toEpochMilli(),
                null,
                null);
        keeper.change(vault -> {
            if (directory.exists(region, primary.id())) {
                throw new AwsException("AlreadyExistsException", "Key '" + replica.arn() + "' already exists");
            }
            return vault.with(replica);
        });
        return replica;
    }

    private ObjectNode describe(AwsRequest request) {
        String name = request.parameters().requiredText("KeyId", MAX_KEY_ID);
        return answer("KeyMetadata", metadata(directory.find(request.region(), name)));
    }

    private ObjectNode list(AwsRequest request) {
        ObjectNode answer = JsonNodeFactory.instance.objectNode();
        var keys = answer.putArray("Keys");
        Instant now = clock.instant();
        keeper.vault().keys().values().stream()
                .filter(key -> key.region().equals(request.region()) && key.existsAt(now))
                .forEach(key -> keys.addObject().put("KeyId", key.id()).put("KeyArn", key.arn()));
        return answer.put("Truncated", false);
    }

    private ObjectNode rotate(AwsRequest request) {
        Key key = directory.findWithoutAlias(
                request.region(), request.parameters().requiredText("KeyId", MAX_KEY_ID));
        if (key.isReplica()) {
            throw AwsException.unsupported(key.arn() + " is a replica: rotate its primary key.");
        }
        key.requireUsable(clock.instant());
        keeper.change(vault -> {
            if (vault.materials().get(key.id()).size() > MAX_ROTATIONS) {
                throw new AwsException(
                        "LimitExceededException",
                        key.arn() + " has been rotated on demand " + MAX_ROTATIONS + " times.");
            }
            return vault.with(key.id(), KeyMaterial.generate(random));
        });
        return JsonNodeFactory.instance.objectNode().put("KeyId", key.id());
    }

    private void requireOnly(Parameters parameters, String name, String only) {
        parameters.text(name).filter(word -> !word.equals(only)).ifPresent(word -> {
            throw AwsException.unsupported("This KMS has symmetric encryption keys only: " + name + " " + word + ".");
        });
    }

    private ObjectNode metadata(Key key) {
        return KeyMetadata.of(key, keeper.vault(), directory.account(), clock.instant());
    }

    private static ObjectNode answer(String name, ObjectNode content) {
        ObjectNode answer = JsonNodeFactory.instance.objectNode();
        answer.set(name, content);
        return answer;
    }

    private String hex(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }
}
