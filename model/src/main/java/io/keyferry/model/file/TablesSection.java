package io.keyferry.model.file;

import io.keyferry.model.Migration;
import io.keyferry.model.TableName;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads {@code tables}: each table once, with its encrypted columns. */
final class TablesSection {

    private static final String TABLES = "a list of tables, each a mapping with table and columns";
    private static final String NAME = "schema.table as in the catalog, with double quotes round a part with a dot";
    private static final String ROW_KEY = "the name of a unique index, as in the catalog";
    private static final String COLUMNS = "a list of encrypted columns, each a mapping with column and encoding";

    private TablesSection() {}

    static List<Migration.Table> read(Value value) {
        Map<TableName, Value> seen = new HashMap<>();
        List<Migration.Table> tables = new ArrayList<>();
        for (Value element : value.list(TABLES)) {
            element.section("a mapping with table and columns")
                    .flatMap(section -> table(section, seen))
                    .ifPresent(tables::add);
        }
        return tables;
    }

    private static Optional<Migration.Table> table(Section table, Map<TableName, Value> seen) {
        Optional<TableName> name = table.required("table", NAME).flatMap(value -> name(value, seen));
        Optional<String> rowKey = table.optional("rowKey").flatMap(value -> value.text(ROW_KEY));
        List<Migration.Column> columns =
                table.required("columns", COLUMNS).map(TablesSection::columns).orElse(List.of());
        table.noOtherKeys();
        return name.map(it -> new Migration.Table(it, rowKey, columns));
    }

    private static Optional<TableName> name(Value value, Map<TableName, Value> seen) {
        return value.text(NAME).flatMap(text -> {
            try {
                TableName name = TableName.parse(text);
                Value first = seen.putIfAbsent(name, value);
                if (first != null) {
                    value.wrong("is the same as " + first.path(), "each table once");
                }
                return Optional.of(name);
            } catch (IllegalArgumentException e) {
                value.wrong(e.getMessage(), NAME);
                return Optional.empty();
            }
        });
    }

    private static List<Migration.Column> columns(Value value) {
        Map<String, Value> seen = new HashMap<>();
        List<Migration.Column> columns = new ArrayList<>();
        for (Value element : value.list(COLUMNS)) {
            element.section("a mapping with column and encoding")
                    .flatMap(section -> ColumnSection.read(section, seen))
                    .ifPresent(columns::add);
        }
        return columns;
    }
}
