package io.keyferry.stream;

import io.keyferry.model.Migration;
import io.keyferry.model.TableLayout;
import io.keyferry.model.TableName;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A table of the migration as its changes are read: what is encrypted, what contexts are made from, and the types. */
record MigratedTable(Migration.Table table, TableLayout layout, Set<String> context) {

    static Map<TableName, MigratedTable> byName(List<Migration.Table> tables, List<TableLayout> layouts) {
        Map<TableName, TableLayout> byName = new HashMap<>();
        layouts.forEach(layout -> byName.put(layout.name(), layout));
        Map<TableName, MigratedTable> all = new HashMap<>();
        for (Migration.Table table : tables) {
            all.put(table.name(), new MigratedTable(table, byName.get(table.name()), table.contextColumns()));
        }
        return Map.copyOf(all);
    }

    TableLayout.Column column(String name) {
        return layout.column(name);
    }
}
