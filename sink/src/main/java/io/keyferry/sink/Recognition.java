package io.keyferry.sink;

import io.keyferry.model.CiphertextHeader;
import io.keyferry.model.Encoding;
import io.keyferry.model.Migration;
import io.keyferry.model.Progress;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Tells by their headers which key values are under, as far as the stream-processor has learnt it. One thread. */
final class Recognition {

    private final ProgressReader progress;
    private final Migration.Keys keys;
    private Set<String> targets = Set.of();

    Recognition(ProgressReader progress, Migration.Keys keys) {
        this.progress = progress;
        this.keys = keys;
    }

    /** Takes over what has been learnt by now. */
    void learn() {
        progress.readToEnd();
        // by the key, not by what it was then: the target key of an earlier migration.yaml may be a source key now
        targets = progress.of(Progress.LearntKey.class).stream()
                .filter(key -> key.keyArn().equals(keys.target()))
                .map(Progress.LearntKey::identifier)
                .collect(Collectors.toSet());
    }

    boolean isUnderTarget(Encoding encoding, String stored) {
        return header(encoding, stored).filter(targets::contains).isPresent();
    }

    /** Whether the header could tell, once it has been learnt. */
    static boolean hasHeader(Encoding encoding, String stored) {
        return header(encoding, stored).isPresent();
    }

    private static Optional<String> header(Encoding encoding, String stored) {
        try {
            return CiphertextHeader.identifier(encoding.decode(stored));
        } catch (IllegalArgumentException e) {
            // not of the encoding: the stream-processor will say so in a dead letter
            return Optional.empty();
        }
    }
}
