package io.keyferry.sink;

import io.keyferry.model.CiphertextHeader;
import io.keyferry.model.Encoding;
import io.keyferry.model.Progress;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Tells by their headers which key values are under, as far as the stream-processor has learnt it. One thread. */
final class Recognition {

    private final ProgressReader progress;
    private Set<String> targets = Set.of();
    private Set<String> sources = Set.of();

    Recognition(ProgressReader progress) {
        this.progress = progress;
    }

    /** Takes over what has been learnt by now. */
    void learn() {
        progress.readToEnd();
        targets = identifiers(true);
        sources = identifiers(false);
    }

    private Set<String> identifiers(boolean target) {
        return progress.of(Progress.LearntKey.class).stream()
                .filter(key -> key.target() == target)
                .map(Progress.LearntKey::identifier)
                .collect(Collectors.toSet());
    }

    boolean isUnderTarget(Encoding encoding, String stored) {
        return header(encoding, stored).filter(targets::contains).isPresent();
    }

    boolean isUnderSource(Encoding encoding, String stored) {
        return header(encoding, stored).filter(sources::contains).isPresent();
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
