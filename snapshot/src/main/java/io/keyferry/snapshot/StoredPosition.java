package io.keyferry.snapshot;

import io.keyferry.model.Topics;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.connect.json.JsonConverter;

/**
 * What the offsets topic holds: Debezium's position, whose key is {@code [connector, {"server": prefix}]}, and beside it
 * the server that the position is of.
 */
final class StoredPosition {

    private final Topics topics;
    private final CompactedTopic topic;
    private final Map<ByteBuffer, StoredOffset> offsets = new HashMap<>();
    private Optional<ServerHistory> server = Optional.empty();

    private StoredPosition(Topics topics, CompactedTopic topic) {
        this.topics = topics;
        this.topic = topic;
    }

    static StoredPosition read(Topics topics, CompactedTopic topic) {
        StoredPosition stored = new StoredPosition(topics, topic);
        try (JsonConverter converter = converter(false)) {
            topic.read()
                    .forEach((key, value) -> stored.take(
                            key,
                            converter
                                    .toConnectData(topics.offsets(), key.array())
                                    .value(),
                            converter.toConnectData(topics.offsets(), value).value()));
        }
        return stored;
    }

    private void take(ByteBuffer key, Object whose, Object value) {
        if (value instanceof Map<?, ?> map) {
            if (whose instanceof List<?> parts && parts.get(0).equals(topics.migration())) {
                offsets.put(key, StoredOffset.of(map));
            } else if (serverKey().equals(whose)) {
                server = Optional.of(new ServerHistory(
                        (String) map.get("systemIdentifier"), ((Number) map.get("timeline")).longValue(), Map.of()));
            }
        }
    }

    Optional<StoredOffset> offset() {
        return offsets.values().stream().findFirst();
    }

    /** The server that the position is of; nothing where none was noted. */
    Optional<ServerHistory> server() {
        return server;
    }

    /**
     * Notes the server that positions are of from now on.
     *
     * <p>Only to be called where the position stored is one on this server too.
     */
    void note(ServerHistory now) {
        if (server.filter(noted ->
                        noted.systemIdentifier().equals(now.systemIdentifier()) && noted.timeline() == now.timeline())
                .isPresent()) {
            return;
        }
        try (JsonConverter keys = converter(true);
                JsonConverter values = converter(false)) {
            topic.write(Map.of(
                    ByteBuffer.wrap(keys.fromConnectData(topics.offsets(), null, serverKey())),
                    values.fromConnectData(
                            topics.offsets(),
                            null,
                            Map.of("v", 1, "systemIdentifier", now.systemIdentifier(), "timeline", now.timeline()))));
        }
    }

    /** Deletes Debezium's position, so that a snapshot is to be taken. */
    void forget() {
        Map<ByteBuffer, byte[]> deleted = new LinkedHashMap<>();
        Set.copyOf(offsets.keySet()).forEach(key -> deleted.put(key, null));
        if (!deleted.isEmpty()) {
            topic.write(deleted);
        }
        offsets.clear();
    }

    private static Map<String, String> serverKey() {
        return Map.of("kind", "server");
    }

    private static JsonConverter converter(boolean keys) {
        JsonConverter converter = new JsonConverter();
        converter.configure(Map.of("schemas.enable", "false"), keys);
        return converter;
    }
}
