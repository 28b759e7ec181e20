package io.keyferry.stream;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Which key each ciphertext header belongs to, as KMS has told in this process. Safe for many threads; what is learnt
 * once stays true, because key material never moves to another key.
 */
public final class KeyRing {

    private final Map<String, Use> uses = new ConcurrentHashMap<>();

    /** What is to be done with a value under a key. */
    enum Kind {
        SOURCE,
        TARGET,
        /** Neither a source key nor the target key. */
        FOREIGN
    }

    /** @param key ARN; null for a foreign key */
    record Use(Kind kind, String key) {}

    Optional<Use> use(String identifier) {
        return Optional.ofNullable(uses.get(identifier));
    }

    void learn(String identifier, Use use) {
        uses.putIfAbsent(identifier, use);
    }

    /** All that is known now. */
    Map<String, Use> all() {
        return Map.copyOf(uses);
    }
}
