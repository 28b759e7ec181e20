package io.keyferry.cli.verify;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.keyferry.model.Migration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.function.Consumer;

/** What a verification has found so far, and how far it has got. Used by one thread. */
final class Verification {

    private static final int KEPT = 1000;

    private final Scope scope;
    private final Instant began;
    private final Map<String, TableResult> tables = new LinkedHashMap<>();
    private final List<Mismatch> mismatches = new ArrayList<>();

    private Verification(Scope scope, Instant began) {
        this.scope = scope;
        this.began = began;
    }

    static Verification begin(Scope scope, Migration migration, Instant now) {
        Verification verification = new Verification(scope, now);
        for (Migration.Table table : migration.tables()) {
            verification.tables.put(
                    table.name().toString(),
                    new TableResult(
                            table.name().toString(),
                            table.columns().stream().map(Migration.Column::name).toList()));
        }
        return verification;
    }

    Scope scope() {
        return scope;
    }

    Instant began() {
        return began;
    }

    TableResult table(String table) {
        return tables.get(table);
    }

    Collection<TableResult> tables() {
        return tables.values();
    }

    /** The first of them. */
    List<Mismatch> mismatches() {
        return List.copyOf(mismatches);
    }

    long mismatchCount() {
        return tables.values().stream().mapToLong(TableResult::mismatches).sum();
    }

    /** Those that are not empty. */
    long values() {
        return tables.values().stream()
                .flatMap(table -> table.columns().stream())
                .mapToLong(ColumnResult::values)
                .sum();
    }

    /** Counts one column of one row. */
    void add(TableResult table, Map<String, String> key, String column, Verdict verdict, String target) {
        table.column(column).add(verdict, target);
        if (verdict instanceof Verdict.Unreadable unreadable && mismatches.size() < KEPT) {
            mismatches.add(new Mismatch(
                    table.table(), key, column, unreadable.region(), unreadable.reason(), unreadable.message()));
        }
    }

    /** What stays of it when it has ended. */
    ObjectNode json(Instant ended) {
        return json(node -> node.put("ended", ended.toString()));
    }

    /** All that is needed to go on with it. */
    ObjectNode place() {
        ObjectNode node = json(unfinished -> {});
        ArrayNode places = node.putArray("places");
        tables.values().forEach(table -> {
            ObjectNode place = table.place();
            scope.tables().get(table.table()).forEach(place.putObject("settings")::put);
            places.add(place);
        });
        return node;
    }

    private ObjectNode json(Consumer<ObjectNode> ended) {
        ObjectNode node = JsonNodeFactory.instance
                .objectNode()
                .put("v", 1)
                .put("migration", scope.migration())
                .put("database", scope.database())
                .put("began", began.toString());
        ended.accept(node);
        node.put("method", scope.method().word());
        scope.sample().ifPresent(rows -> node.put("sample", rows));
        ArrayNode regions = node.putArray("regions");
        scope.regions().forEach(regions::add);
        node.put("values", values()).put("mismatchCount", mismatchCount());
        ArrayNode found = node.putArray("tables");
        tables.values().forEach(table -> found.add(table.json()));
        ArrayNode told = node.putArray("mismatches");
        mismatches.forEach(mismatch -> told.add(mismatch.json()));
        return node;
    }

    /** One that was put down by {@link #place()}. */
    static Verification of(JsonNode node) {
        Map<String, Map<String, String>> settings = new TreeMap<>();
        node.path("places")
                .forEach(place ->
                        settings.put(place.path("table").asText(), new TreeMap<>(Texts.of(place.path("settings")))));
        List<String> regions = new ArrayList<>();
        node.path("regions").forEach(region -> regions.add(region.asText()));
        Scope scope = new Scope(
                node.path("migration").asText(),
                node.path("database").asText(),
                node.path("method").asText().equals(Method.DECRYPT.word()) ? Method.DECRYPT : Method.RE_ENCRYPT,
                node.has("sample") ? OptionalInt.of(node.path("sample").asInt()) : OptionalInt.empty(),
                regions,
                settings);
        Verification verification =
                new Verification(scope, Instant.parse(node.path("began").asText()));
        for (int i = 0; i < node.path("tables").size(); i++) {
            TableResult table = TableResult.of(
                    node.path("tables").get(i), node.path("places").path(i));
            verification.tables.put(table.table(), table);
        }
        node.path("mismatches").forEach(mismatch -> verification.mismatches.add(Mismatch.of(mismatch)));
        return verification;
    }
}
