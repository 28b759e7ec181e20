package io.keyferry.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.Map;
import java.util.OptionalInt;

/**
 * A record of the compacted control topic: what an operator has told every instance of every stage, who it was, and when.
 * The newest record of a kind takes the place of those before it.
 */
public sealed interface Control permits Control.Pause, Control.Throttle {

    /** Who wrote it, as {@code user@host}. */
    String by();

    Instant at();

    byte[] key();

    byte[] value();

    /** The same as the audit log has it. */
    AuditEntry audited();

    /** Whether the migration stands still. */
    record Pause(boolean paused, String by, Instant at) implements Control {

        @Override
        public byte[] key() {
            return keyOf("pause");
        }

        @Override
        public byte[] value() {
            return Json.bytes(written(this).put("paused", paused));
        }

        @Override
        public AuditEntry audited() {
            return new AuditEntry(at, by, paused ? "pause" : "resume", Map.of());
        }
    }

    /**
     * How many requests to KMS all instances together may make.
     *
     * @param maxRequestsPerSecond at least 1; empty where migration.yaml alone says it
     */
    record Throttle(OptionalInt maxRequestsPerSecond, String by, Instant at) implements Control {

        public Throttle {
            if (maxRequestsPerSecond.isPresent() && maxRequestsPerSecond.getAsInt() < 1) {
                throw new IllegalArgumentException("a throttle of " + maxRequestsPerSecond.getAsInt());
            }
        }

        @Override
        public byte[] key() {
            return keyOf("throttle");
        }

        @Override
        public byte[] value() {
            ObjectNode node = written(this);
            if (maxRequestsPerSecond.isPresent()) {
                node.put("maxRequestsPerSecond", maxRequestsPerSecond.getAsInt());
            } else {
                node.putNull("maxRequestsPerSecond");
            }
            return Json.bytes(node);
        }

        @Override
        public AuditEntry audited() {
            String rate = maxRequestsPerSecond.isPresent() ? String.valueOf(maxRequestsPerSecond.getAsInt()) : "off";
            return new AuditEntry(at, by, "throttle", Map.of("maxRequestsPerSecond", rate));
        }
    }

    private static byte[] keyOf(String kind) {
        return Json.bytes(Json.object().put("kind", kind));
    }

    private static ObjectNode written(Control control) {
        return Json.versioned().put("by", control.by()).put("at", control.at().toString());
    }

    /** Reads a record back; {@link UnreadableRecordException} where it is none, or of a version that is newer. */
    static Control read(byte[] key, byte[] value) {
        String kind = Json.text(Json.read(key), "kind");
        JsonNode node = Json.read(value);
        String by = Json.text(node, "by");
        Instant at = Json.instant(Json.text(node, "at"));
        return switch (kind) {
            case "pause" -> {
                if (!node.path("paused").isBoolean()) {
                    throw new UnreadableRecordException("without whether it is 'paused'");
                }
                yield new Pause(node.path("paused").booleanValue(), by, at);
            }
            case "throttle" -> new Throttle(rate(node.path("maxRequestsPerSecond")), by, at);
            default -> throw new UnreadableRecordException("of an unknown kind of control");
        };
    }

    private static OptionalInt rate(JsonNode rate) {
        if (rate.isNull()) {
            return OptionalInt.empty();
        }
        if (!rate.isIntegralNumber() || !rate.canConvertToInt() || rate.intValue() < 1) {
            throw new UnreadableRecordException("without a 'maxRequestsPerSecond' of at least 1, or null");
        }
        return OptionalInt.of(rate.intValue());
    }
}
