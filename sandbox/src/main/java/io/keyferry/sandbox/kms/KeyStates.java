package io.keyferry.sandbox.kms;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;

/** The operations that enable, disable and delete a key. Each replica has a state of its own. */
final class KeyStates {

    private final VaultKeeper keeper;
    private final KeyDirectory directory;
    private final Clock clock;

    KeyStates(VaultKeeper keeper, KeyDirectory directory, Clock clock) {
        this.keeper = keeper;
        this.directory = directory;
        this.clock = clock;
    }

    Map<String, Operation> operations() {
        return Map.of(
                "EnableKey",
                request -> set(request, KeyState.ENABLED),
                "DisableKey",
                request -> set(request, KeyState.DISABLED),
                "ScheduleKeyDeletion",
                this::scheduleDeletion,
                "CancelKeyDeletion",
                this::cancelDeletion);
    }

    private ObjectNode set(AwsRequest request, KeyState state) {
        String name = keyId(request);
        keeper.change(vault -> {
            Key key = directory.findWithoutAlias(request.region(), name);
            key.requireSettled(clock.instant());
            return vault.with(key.with(state));
        });
        return JsonNodeFactory.instance.objectNode();
    }

    private ObjectNode scheduleDeletion(AwsRequest request) {
        String name = keyId(request);
        int days = request.parameters().integer("PendingWindowInDays", 7, 30).orElse(30);
        Instant now = clock.instant();
        keeper.change(vault -> {
            Key key = directory.findWithoutAlias(request.region(), name);
            key.requireSettled(now);
            // A primary outlives its replicas: its waiting period begins when the last of them is gone.
            boolean hasReplicas = key.isPrimary() && replicas(vault, key, now).size() > 0;
            return vault.with(
                    hasReplicas
                            ? key.pendingReplicaDeletion(days)
                            : key.pendingDeletion(now.plus(days, ChronoUnit.DAYS)));
        });
        Key key = directory.findWithoutAlias(request.region(), name);
        ObjectNode answer = JsonNodeFactory.instance
                .objectNode()
                .put("KeyId", key.arn())
                .put("KeyState", key.state().word())
                .put("PendingWindowInDays", days);
        if (key.deletedAt() != null) {
            answer.put("DeletionDate", KeyMetadata.seconds(key.deletedAt()));
        }
        return answer;
    }

    private static List<Key> replicas(Vault vault, Key primary, Instant now) {
        return vault.family(primary).stream()
                .filter(member -> member.isReplica() && member.existsAt(now))
                .toList();
    }

    private ObjectNode cancelDeletion(AwsRequest request) {
        String name = keyId(request);
        keeper.change(vault -> {
            Key key = directory.findWithoutAlias(request.region(), name);
            if (!key.state().isPendingDeletion()) {
                throw AwsException.invalidState(key.arn() + " is not pending deletion.");
            }
            return vault.with(key.with(KeyState.DISABLED));
        });
        return JsonNodeFactory.instance
                .objectNode()
                .put("KeyId", directory.findWithoutAlias(request.region(), name).arn());
    }

    private static String keyId(AwsRequest request) {
        return request.parameters().requiredText("KeyId", 2048);
    }
}
