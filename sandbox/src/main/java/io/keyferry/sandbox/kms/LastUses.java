package io.keyferry.sandbox.kms;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Clock;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/** When each key was last used with success, since this process has been running. Safe for many threads. */
final class LastUses {

    private static final int MAX_KEY_ID = 2048;
    /** An answer's members that name the keys it was made with. */
    private static final String[] KEYS = {"KeyId", "SourceKeyId"};

    private final KeyDirectory directory;
    private final Clock clock;
    private final long since;
    private final Map<String, Use> byKey = new ConcurrentHashMap<>();

    private record Use(String operation, long at) {}

    LastUses(KeyDirectory directory, Clock clock) {
        this.directory = directory;
        this.clock = clock;
        since = clock.millis();
    }

    Map<String, Operation> operations() {
        return Map.of("GetKeyLastUsage", this::get);
    }

    /** The same operations, whose successes are noted. */
    Map<String, Operation> noted(Map<String, Operation> operations) {
        Map<String, Operation> noted = new HashMap<>();
        operations.forEach((name, operation) -> noted.put(name, request -> {
            ObjectNode answer = operation.answer(request);
            // AWS has one word for both
            Use use = new Use(name.replace("WithoutPlaintext", ""), clock.millis());
            for (String key : KEYS) {
                if (answer.has(key)) {
                    byKey.put(answer.get(key).textValue(), use);
                }
            }
            return answer;
        }));
        return noted;
    }

    private ObjectNode get(AwsRequest request) {
        Key key = directory.findWithoutAlias(
                request.region(), request.parameters().requiredText("KeyId", MAX_KEY_ID));
        ObjectNode answer = JsonNodeFactory.instance
                .objectNode()
                .put("KeyId", key.arn())
                .put("KeyCreationDate", KeyMetadata.seconds(key.createdAt()))
                .put("TrackingStartDate", KeyMetadata.seconds(since));
        ObjectNode last = answer.putObject("KeyLastUsage");
        Use use = byKey.get(key.arn());
        if (use != null) {
            last.put("Operation", use.operation())
                    .put("Timestamp", KeyMetadata.seconds(use.at()))
                    .put("CloudTrailEventId", UUID.randomUUID().toString());
        }
        return answer;
    }
}
