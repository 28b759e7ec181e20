package io.keyferry.sandbox.kms;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Clock;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** The operations on aliases, which each Region has its own. */
final class Aliases {

    private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9:/_-]+");

    private final VaultKeeper keeper;
    private final KeyDirectory directory;
    private final Clock clock;

    Aliases(VaultKeeper keeper, KeyDirectory directory, Clock clock) {
        this.keeper = keeper;
        this.directory = directory;
        this.clock = clock;
    }

    Map<String, Operation> operations() {
        return Map.of("CreateAlias", this::create, "ListAliases", this::list);
    }

    private ObjectNode create(AwsRequest request) {
        String name = request.parameters().requiredText("AliasName", 256);
        String target = request.parameters().requiredText("TargetKeyId", 2048);
        checkName(name);
        create(directory.findWithoutAlias(request.region(), target), name);
        return JsonNodeFactory.instance.objectNode();
    }

    void create(Key key, String name) {
        if (key.state().isPendingDeletion()) {
            key.requireSettled(clock.instant());
        }
        Alias alias = new Alias(directory.aliasArn(key.region(), name), name, key.region(), key.id(), clock.millis());
        keeper.change(vault -> {
            if (vault.aliases().containsKey(alias.arn())) {
                throw new AwsException(
                        "AlreadyExistsException", "An alias with the name " + alias.arn() + " already exists");
            }
            return vault.with(alias);
        });
    }

    private static void checkName(String name) {
        if (!NAME.matcher(name).matches()) {
            throw AwsException.constraint(
                    "Value '" + name + "' at 'aliasName'", "satisfy regular expression pattern: ^[a-zA-Z0-9:/_-]+$");
        }
        if (!name.startsWith("alias/") || name.equals("alias/")) {
            throw AwsException.validation("Alias must start with the prefix \"alias/\". Please see"
                    + " https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html");
        }
        if (name.startsWith("alias/aws/")) {
            throw new AwsException("NotAuthorizedException", "");
        }
    }

    private ObjectNode list(AwsRequest request) {
        Optional<String> keyId = request.parameters()
                .text("KeyId", 2048)
                .map(name -> directory.findWithoutAlias(request.region(), name).id());
        ObjectNode answer = JsonNodeFactory.instance.objectNode();
        var aliases = answer.putArray("Aliases");
        keeper.vault().aliases().values().stream()
                .filter(alias -> alias.region().equals(request.region()))
                .filter(alias -> keyId.isEmpty() || keyId.get().equals(alias.keyId()))
                .forEach(alias -> aliases.addObject()
                        .put("AliasName", alias.name())
                        .put("AliasArn", alias.arn())
                        .put("TargetKeyId", alias.keyId())
                        .put("CreationDate", KeyMetadata.seconds(alias.createdAt()))
                        .put("LastUpdatedDate", KeyMetadata.seconds(alias.createdAt())));
        return answer.put("Truncated", false);
    }
}
