package io.keyferry.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * A record of the compacted progress topic. Its key says whose it is, so that the newest record of a key takes the place
 * of those before it.
 */
public sealed interface Progress
        permits Progress.ColumnCounts,
                Progress.Counted,
                Progress.DeadLettered,
                Progress.LearntKey,
                Progress.SourceKey,
                Progress.Snapshot,
                Progress.Sweep,
                Progress.Undone,
                TableReading {

    Set<String> KINDS = Set.of(
            "counts", "counted", "dead-lettered", "learnt-key", "source-key", "snapshot", "reading", "sweep", "undone");

    byte[] key();

    /** Null where the record deletes its key. */
    byte[] value();

    /**
     * What one part of a stage counted in one column, since the migration began.
     *
     * @param stage {@code stream-processor} or {@code sink}
     * @param part the part of the stage whose offsets are committed together with this record
     */
    record ColumnCounts(String stage, int part, TableName table, String column, Counts counts) implements Progress {

        @Override
        public byte[] key() {
            return Json.bytes(Json.object()
                    .put("kind", "counts")
                    .put("stage", stage)
                    .put("part", part)
                    .put("table", table.toString())
                    .put("column", column));
        }

        @Override
        public byte[] value() {
            ObjectNode node = Json.versioned();
            for (Counter counter : Counter.values()) {
                if (counts.get(counter) != 0) {
                    node.put(counter.word(), counts.get(counter));
                }
            }
            return Json.bytes(node);
        }
    }

    /**
     * How far one part of a stage has counted on a topic.
     *
     * @param stage as in {@link ColumnCounts}
     * @param part the partition, of this topic too
     * @param next the first offset that has not been counted
     */
    record Counted(String stage, int part, String topic, long next) implements Progress {

        @Override
        public byte[] key() {
            return Json.bytes(Json.object()
                    .put("kind", "counted")
                    .put("stage", stage)
                    .put("part", part)
                    .put("topic", topic));
        }

        @Override
        public byte[] value() {
            return Json.bytes(Json.versioned().put("next", next));
        }
    }

    /**
     * A record whose columns are counted as dead-lettered.
     *
     * @param settings by column, the digest of the settings that the value failed under; deletes the record where empty
     */
    record DeadLettered(String stage, int part, String topic, long offset, Map<String, String> settings)
            implements Progress {

        public DeadLettered {
            settings = Map.copyOf(settings);
        }

        @Override
        public byte[] key() {
            return Json.bytes(Json.object()
                    .put("kind", "dead-lettered")
                    .put("stage", stage)
                    .put("part", part)
                    .put("topic", topic)
                    .put("offset", offset));
        }

        @Override
        public byte[] value() {
            return settings.isEmpty() ? null : Json.bytes(Json.versioned().set("settings", Json.texts(settings)));
        }
    }

    /**
     * Which key a ciphertext header belongs to, as KMS has told.
     *
     * @param identifier the header's 32 bytes in hexadecimal digits
     * @param target whether the key is the target key; otherwise a source key
     */
    record LearntKey(String identifier, String keyArn, boolean target) implements Progress {

        @Override
        public byte[] key() {
            return Json.bytes(Json.object().put("kind", "learnt-key").put("identifier", identifier));
        }

        @Override
        public byte[] value() {
            return Json.bytes(Json.versioned().put("key", keyArn).put("target", target));
        }
    }

    /**
     * When one part of the stream-processor last met values under the source keys in one column.
     *
     * @param part as in {@link ColumnCounts}
     */
    record SourceKey(int part, TableName table, String column, SourceKeyUse use) implements Progress {

        @Override
        public byte[] key() {
            return Json.bytes(Json.object()
                    .put("kind", "source-key")
                    .put("part", part)
                    .put("table", table.toString())
                    .put("column", column));
        }

        @Override
        public byte[] value() {
            return Json.bytes(Json.versioned().set("keys", use.json()));
        }
    }

    /**
     * How far the snapshot is.
     *
     * @param complete whether every row that existed at its start has been acknowledged by Kafka
     * @param rows rows read so far, by table
     * @param since where tables are read one by one, from when on the changes of each are streamed: what is written
     *     before must be read after it. How far each is tells the {@link TableReading} of the same time
     */
    record Snapshot(boolean complete, Map<TableName, Long> rows, Map<TableName, Instant> since) implements Progress {

        public Snapshot {
            rows = Map.copyOf(rows);
            since = Map.copyOf(since);
        }

        public Snapshot(boolean complete, Map<TableName, Long> rows) {
            this(complete, rows, Map.of());
        }

        /** The same with what the readings of its tables say, where it has any. */
        public Snapshot with(Collection<TableReading> readings) {
            if (since.isEmpty()) {
                return this;
            }
            Map<TableName, Long> read = new TreeMap<>();
            Set<TableName> open = new HashSet<>(since.keySet());
            readings.stream()
                    .filter(reading -> reading.since().equals(since.get(reading.table())))
                    .forEach(reading -> {
                        read.put(reading.table(), reading.rows());
                        if (reading.complete()) {
                            open.remove(reading.table());
                        }
                    });
            return new Snapshot(open.isEmpty(), read, since);
        }

        @Override
        public byte[] key() {
            return Json.bytes(Json.object().put("kind", "snapshot"));
        }

        @Override
        public byte[] value() {
            ObjectNode node = Json.versioned().put("complete", complete);
            ObjectNode counts = node.putObject("rows");
            new TreeMap<>(rows).forEach((table, count) -> counts.put(table.toString(), count));
            if (!since.isEmpty()) {
                ObjectNode times = node.putObject("since");
                new TreeMap<>(since).forEach((table, time) -> times.put(table.toString(), time.toString()));
            }
            return Json.bytes(node);
        }
    }

    /**
     * What the newest complete sweep found.
     *
     * @param number counts the sweeps of this migration from 1
     * @param quiet whether no value was moved from the moment the sweep began until everything committed before its end
     *     had been applied
     * @param remaining values not under the target key that the pipeline had not brought although they were written
     *     before the sweep began, by {@code table.column}
     * @param deadLettered those of them that are in the dead-letter topic
     * @param began when it began, by the database's clock; empty in records of versions that did not note it
     */
    record Sweep(long number, boolean quiet, Map<String, Long> remaining, long deadLettered, Optional<Instant> began)
            implements Progress {

        public Sweep {
            remaining = Map.copyOf(remaining);
        }

        public Sweep(long number, boolean quiet, Map<String, Long> remaining, long deadLettered) {
            this(number, quiet, remaining, deadLettered, Optional.empty());
        }

        public long remainingValues() {
            return remaining.values().stream().mapToLong(Long::longValue).sum();
        }

        /** Only values written after the sweep began may be under a source key. */
        public boolean caughtUp() {
            return remaining.isEmpty();
        }

        /** No value is under a source key, and none was written under one since the sweep began. */
        public boolean drained() {
            return quiet && remaining.isEmpty();
        }

        /** In the words of outputs: {@code drained}, {@code caught-up} or {@code under-way}, which it is before any sweep. */
        public static String state(Optional<Sweep> newest) {
            return newest.filter(Sweep::drained).isPresent()
                    ? "drained"
                    : newest.filter(Sweep::caughtUp).isPresent() ? "caught-up" : "under-way";
        }

        /** Whether going on will not help: what remains is in the dead-letter topic. */
        public boolean onlyDeadLettersRemain() {
            return !remaining.isEmpty() && remainingValues() == deadLettered;
        }

        @Override
        public byte[] key() {
            return Json.bytes(Json.object().put("kind", "sweep"));
        }

        @Override
        public byte[] value() {
            ObjectNode node = Json.versioned()
                    .put("number", number)
                    .put("quiet", quiet)
                    .put("caughtUp", caughtUp())
                    .put("drained", drained())
                    .put("deadLettered", deadLettered);
            began.ifPresent(time -> node.put("began", time.toString()));
            ObjectNode columns = node.putObject("remaining");
            new TreeMap<>(remaining).forEach(columns::put);
            return Json.bytes(node);
        }
    }

    /**
     * The newest time at which an undo was about to put values back, or had done so: a sweep that looked meanwhile cannot
     * say that there is none under a source key.
     */
    record Undone(Instant at) implements Progress {

        @Override
        public byte[] key() {
            return Json.bytes(Json.object().put("kind", "undone"));
        }

        @Override
        public byte[] value() {
            return Json.bytes(Json.versioned().put("at", at.toString()));
        }
    }

    /** Whether a record with this key is one of these: anything else on the topic is not KeyFerry's. */
    static boolean isKey(byte[] key) {
        try {
            return key != null && KINDS.contains(Json.read(key).path("kind").asText());
        } catch (UnreadableRecordException e) {
            return false;
        }
    }

    /** Reads a record back; {@link UnreadableRecordException} where it is none. */
    static Progress read(byte[] key, byte[] value) {
        JsonNode head = Json.read(key);
        JsonNode node = Json.read(value);
        try {
            return parse(head, node);
        } catch (IllegalArgumentException e) {
            throw new UnreadableRecordException("of no table: one of its names is not schema.table");
        }
    }

    private static Progress parse(JsonNode head, JsonNode node) {
        return switch (Json.text(head, "kind")) {
            case "counts" ->
                new ColumnCounts(
                        Json.text(head, "stage"),
                        head.path("part").asInt(),
                        TableName.parse(Json.text(head, "table")),
                        Json.text(head, "column"),
                        counts(node));
            case "counted" ->
                new Counted(
                        Json.text(head, "stage"),
                        head.path("part").asInt(),
                        Json.text(head, "topic"),
                        node.path("next").asLong());
            case "dead-lettered" ->
                new DeadLettered(
                        Json.text(head, "stage"),
                        head.path("part").asInt(),
                        Json.text(head, "topic"),
                        head.path("offset").asLong(),
                        settings(node.path("settings")));
            case "learnt-key" ->
                new LearntKey(
                        Json.text(head, "identifier"),
                        Json.text(node, "key"),
                        node.path("target").asBoolean());
            case "source-key" ->
                new SourceKey(
                        head.path("part").asInt(),
                        TableName.parse(Json.text(head, "table")),
                        Json.text(head, "column"),
                        SourceKeyUse.read(node.path("keys")));
            case "snapshot" -> {
                Map<TableName, Long> rows = new LinkedHashMap<>();
                node.path("rows")
                        .properties()
                        .forEach(row -> rows.put(
                                TableName.parse(row.getKey()), row.getValue().asLong()));
                Map<TableName, Instant> since = new LinkedHashMap<>();
                Json.texts(node.path("since"))
                        .forEach((table, time) -> since.put(TableName.parse(table), Json.instant(time)));
                yield new Snapshot(node.path("complete").asBoolean(), rows, since);
            }
            case "reading" -> TableReading.read(head, node);
            case "sweep" -> {
                Map<String, Long> remaining = new LinkedHashMap<>();
                node.path("remaining")
                        .properties()
                        .forEach(column ->
                                remaining.put(column.getKey(), column.getValue().asLong()));
                yield new Sweep(
                        node.path("number").asLong(),
                        node.path("quiet").asBoolean(),
                        remaining,
                        node.path("deadLettered").asLong(),
                        node.has("began") ? Optional.of(Json.instant(Json.text(node, "began"))) : Optional.empty());
            }
            case "undone" -> new Undone(Json.instant(Json.text(node, "at")));
            default -> throw new UnreadableRecordException("of an unknown kind of progress");
        };
    }

    private static Map<String, String> settings(JsonNode node) {
        Map<String, String> settings = Json.texts(node);
        settings.values().removeIf(Objects::isNull);
        return settings;
    }

    private static Counts counts(JsonNode node) {
        Counts counts = Counts.NONE;
        for (Counter counter : Counter.values()) {
            counts = counts.with(counter, node.path(counter.word()).asLong());
        }
        return counts;
    }
}
