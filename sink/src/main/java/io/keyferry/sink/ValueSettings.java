package io.keyferry.sink;

import io.keyferry.model.Migration;
import io.keyferry.model.TableName;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Names values together with what decides how they are re-encrypted. */
final class ValueSettings {

    private final Map<ColumnName, Settings> byColumn = new HashMap<>();

    private record ColumnName(TableName table, String column) {}

    private record Settings(Migration.Column column, String digest) {}

    ValueSettings(Migration migration) {
        migration
                .tables()
                .forEach(table -> table.columns()
                        .forEach(column -> byColumn.put(
                                new ColumnName(table.name(), column.name()),
                                new Settings(column, migration.settings(column)))));
    }

    /** A value that a table holds now. */
    StoredValue value(TableName table, Map<String, String> key, String column, Map<String, String> row) {
        Settings settings = byColumn.get(new ColumnName(table, column));
        return new StoredValue(table, key, column, row.get(column), context(settings, row), settings.digest());
    }

    /**
     * A value that was dead-lettered; empty where the column is no longer migrated.
     *
     * @param context the letter's, which is that of all its columns
     * @param digest of the settings it failed under; empty where no settings would help
     */
    Optional<StoredValue> value(
            TableName table,
            Map<String, String> key,
            String column,
            String stored,
            Map<String, String> context,
            String digest) {
        return Optional.ofNullable(byColumn.get(new ColumnName(table, column)))
                .map(settings -> new StoredValue(
                        table,
                        key,
                        column,
                        stored,
                        context(settings, context),
                        digest.isEmpty() ? settings.digest() : digest));
    }

    private static Map<String, String> context(Settings settings, Map<String, String> row) {
        Map<String, String> context = new TreeMap<>();
        settings.column().context().columns().forEach(column -> {
            if (row.get(column) != null) {
                context.put(column, row.get(column));
            }
        });
        return context;
    }
}
