package io.keyferry.model;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;

/**
 * A record of the audit log: what an operator had done to a migration.
 *
 * @param by whoever did it, as {@code user@host}
 * @param action the command, such as {@code pause} or {@code undo}
 * @param details what it was told, or what it had done, by name; never a value
 */
public record AuditEntry(Instant at, String by, String action, Map<String, String> details) {

    public AuditEntry {
        details = Map.copyOf(details);
    }

    public byte[] value() {
        return Json.bytes(Json.versioned()
                .put("at", at.toString())
                .put("by", by)
                .put("action", action)
                .set("details", Json.texts(new TreeMap<>(details))));
    }

    /** Reads a record back; {@link UnreadableRecordException} where it is none. */
    public static AuditEntry read(byte[] value) {
        JsonNode node = Json.read(value);
        Map<String, String> details = Json.texts(node.path("details"));
        details.values().removeIf(text -> text == null);
        return new AuditEntry(
                Json.instant(Json.text(node, "at")), Json.text(node, "by"), Json.text(node, "action"), details);
    }
}
