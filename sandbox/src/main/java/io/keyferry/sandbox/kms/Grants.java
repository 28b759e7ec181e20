package io.keyferry.sandbox.kms;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The operations on grants. They are kept and listed; whoever reaches this KMS may use every key without one. */
final class Grants {

    private static final int MAX_KEY_ID = 2048;
    private static final int MAX_NAME = 256;
    private static final Set<String> OPERATIONS = Set.of(
            "Decrypt",
            "Encrypt",
            "GenerateDataKey",
            "GenerateDataKeyWithoutPlaintext",
            "ReEncryptFrom",
            "ReEncryptTo",
            "CreateGrant",
            "RetireGrant",
            "DescribeKey");

    private final VaultKeeper keeper;
    private final KeyDirectory directory;
    private final Clock clock;
    private final SecureRandom random;

    Grants(VaultKeeper keeper, KeyDirectory directory, Clock clock, SecureRandom random) {
        this.keeper = keeper;
        this.directory = directory;
        this.clock = clock;
        this.random = random;
    }

    Map<String, Operation> operations() {
        return Map.of("CreateGrant", this::create, "ListGrants", this::list, "RevokeGrant", this::revoke);
    }

    private ObjectNode create(AwsRequest request) {
        Parameters parameters = request.parameters();
        Key key = key(request);
        String grantee = parameters.requiredText("GranteePrincipal", MAX_NAME);
        List<String> operations = parameters
                .texts("Operations")
                .orElseThrow(() -> AwsException.constraint("Value null at 'operations'", "not be null"));
        operations.stream().filter(word -> !OPERATIONS.contains(word)).findAny().ifPresent(word -> {
            throw AwsException.validation("This KMS has no operation " + word + " that a grant could allow.");
        });
        key.requireUsable(clock.instant());
        Grant grant = new Grant(
                hex(32),
                key.arn(),
                parameters.text("Name", MAX_NAME).orElse(null),
                grantee,
                operations,
                clock.millis());
        keeper.change(vault -> vault.with(grant));
        return JsonNodeFactory.instance.objectNode().put("GrantId", grant.id()).put("GrantToken", hex(64));
    }

    private ObjectNode list(AwsRequest request) {
        Key key = key(request);
        Optional<String> id = request.parameters().text("GrantId", 128);
        Optional<String> grantee = request.parameters().text("GranteePrincipal", MAX_NAME);
        ObjectNode answer = JsonNodeFactory.instance.objectNode();
        ArrayNode grants = answer.putArray("Grants");
        keeper.vault().grants().values().stream()
                .filter(grant -> grant.keyArn().equals(key.arn()))
                .filter(grant -> id.isEmpty() || id.get().equals(grant.id()))
                .filter(grant -> grantee.isEmpty() || grantee.get().equals(grant.grantee()))
                .forEach(grant -> grants.add(entry(grant)));
        return answer.put("Truncated", false);
    }

    private ObjectNode entry(Grant grant) {
        ObjectNode entry = JsonNodeFactory.instance
                .objectNode()
                .put("KeyId", grant.keyArn())
                .put("GrantId", grant.id())
                .put("Name", grant.name())
                .put("CreationDate", KeyMetadata.seconds(grant.createdAt()))
                .put("GranteePrincipal", grant.grantee())
                .put("IssuingAccount", "arn:aws:iam::" + directory.account() + ":root");
        grant.operations().forEach(entry.putArray("Operations")::add);
        return entry;
    }

    private ObjectNode revoke(AwsRequest request) {
        Key key = key(request);
        String id = request.parameters().requiredText("GrantId", 128);
        keeper.change(vault -> {
            Grant grant = vault.grants().get(id);
            if (grant == null || !grant.keyArn().equals(key.arn())) {
                throw AwsException.notFound("Grant ID " + id + " not found");
            }
            return vault.without(grant);
        });
        return JsonNodeFactory.instance.objectNode();
    }

    private Key key(AwsRequest request) {
        return directory.findWithoutAlias(request.region(), request.parameters().requiredText("KeyId", MAX_KEY_ID));
    }

    private String hex(int bytes) {
        byte[] id = new byte[bytes];
        random.nextBytes(id);
        return HexFormat.of().formatHex(id);
    }
}
