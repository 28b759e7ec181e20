package io.keyferry.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * When values under the source keys were met last in one column. Times are exact; after a crash they may be up to a second
 * late, and never early.
 *
 * @param byKey by the source key's ARN
 */
public record SourceKeyUse(Map<String, Times> byKey) {

    public static final SourceKeyUse NONE = new SourceKeyUse(Map.of());

    public SourceKeyUse {
        byKey = Map.copyOf(byKey);
    }

    /**
     * @param seen when the stream-processor last had a value under the key re-encrypted, by its own clock
     * @param written when the newest change of the application's with a value under the key was committed, by the
     *     database's clock; empty where values were only read, by the snapshot or the sweep
     */
    public record Times(Instant seen, Optional<Instant> written) {

        Times latest(Times other) {
            return new Times(
                    later(seen, other.seen),
                    Stream.concat(written.stream(), other.written.stream()).max(Instant::compareTo));
        }

        private static Instant later(Instant one, Instant other) {
            return one.isAfter(other) ? one : other;
        }
    }

    /** With whole seconds, none of them earlier than it is here: covers what comes within the same second too. */
    public SourceKeyUse roundedUp() {
        Map<String, Times> rounded = new TreeMap<>();
        byKey.forEach((key, times) -> rounded.put(
                key, new Times(roundedUp(times.seen()), times.written().map(SourceKeyUse::roundedUp))));
        return new SourceKeyUse(rounded);
    }

    private static Instant roundedUp(Instant time) {
        Instant second = time.truncatedTo(ChronoUnit.SECONDS);
        return second.equals(time) ? second : second.plusSeconds(1);
    }

    /** Of each key the latest times of both. */
    public SourceKeyUse latest(SourceKeyUse other) {
        Map<String, Times> merged = new TreeMap<>(byKey);
        other.byKey.forEach((key, times) -> merged.merge(key, times, Times::latest));
        return new SourceKeyUse(merged);
    }

    public Optional<Instant> lastSeen() {
        return byKey.values().stream().map(Times::seen).max(Instant::compareTo);
    }

    public Optional<Instant> lastWritten() {
        return byKey.values().stream()
                .flatMap(times -> times.written().stream())
                .max(Instant::compareTo);
    }

    ObjectNode json() {
        ObjectNode node = Json.object();
        new TreeMap<>(byKey).forEach((key, times) -> {
            ObjectNode entry = node.putObject(key).put("seen", times.seen().toString());
            times.written().ifPresent(written -> entry.put("written", written.toString()));
        });
        return node;
    }

    static SourceKeyUse read(JsonNode node) {
        Map<String, Times> byKey = new TreeMap<>();
        node.properties()
                .forEach(entry -> byKey.put(
                        entry.getKey(),
                        new Times(
                                Json.instant(Json.text(entry.getValue(), "seen")),
                                entry.getValue().has("written")
                                        ? Optional.of(Json.instant(Json.text(entry.getValue(), "written")))
                                        : Optional.empty())));
        return new SourceKeyUse(byKey);
    }
}
