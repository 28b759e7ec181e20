package io.keyferry.cli;

import io.keyferry.model.TableName;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A kind of table that a database may have. Its first two rows are there before the migration starts, and the first one
 * is written again while it runs; the third is inserted while it runs. A column {@code tag} tells them apart.
 */
final class Shape {

    static final List<String> TAGS = List.of("changed", "still", "inserted");

    private final String name;
    private final TableName table;
    private final List<String> ddl = new ArrayList<>();
    private final List<Column> columns = new ArrayList<>();
    private final List<String> live = new ArrayList<>();
    private String rowKey;
    private String keyColumns = "";
    private List<String> keys = List.of("", "", "");
    private int length = 16;

    /** An encrypted column; the context's texts are those of migration.yaml. */
    record Column(String name, String encoding, Map<String, String> context) {}

    private Shape(String name, TableName table) {
        this.name = name;
        this.table = table;
    }

    static Shape of(String name, String table) {
        return new Shape(name, TableName.parse(table));
    }

    /** Statements that make it; {@code $T} stands for the table's name. */
    Shape ddl(String... statements) {
        for (String statement : statements) {
            ddl.add(sql(statement));
        }
        return this;
    }

    /** @param rows the key columns' values as SQL, of each of the three rows */
    Shape keys(String names, String... rows) {
        keyColumns = names;
        keys = List.of(rows);
        return this;
    }

    Shape rowKey(String index) {
        rowKey = index;
        return this;
    }

    Shape encrypted(String column, String encoding, String... context) {
        Map<String, String> texts = new LinkedHashMap<>();
        for (int i = 0; i < context.length; i += 2) {
            texts.put(context[i], context[i + 1]);
        }
        columns.add(new Column(column, encoding, texts));
        return this;
    }

    /** @param bytes how long its plaintexts are */
    Shape plaintexts(int bytes) {
        length = bytes;
        return this;
    }

    /** What is done to it while the migration runs, beside the usual. */
    Shape live(String... statements) {
        for (String statement : statements) {
            live.add(sql(statement));
        }
        return this;
    }

    private String sql(String statement) {
        return statement.replace("$T", table.quoted());
    }

    TableName table() {
        return table;
    }

    List<String> ddl() {
        return ddl;
    }

    List<Column> columns() {
        return columns;
    }

    List<String> live() {
        return live;
    }

    int length() {
        return length;
    }

    String insert(String tag) {
        String key = keys.get(TAGS.indexOf(tag));
        return "INSERT INTO " + table.quoted() + " (tag" + (keyColumns.isEmpty() ? "" : ", " + keyColumns)
                + ") VALUES ('" + tag + "'" + (key.isEmpty() ? "" : ", " + key) + ")";
    }

    /** Its part of migration.yaml. */
    String yaml() {
        StringBuilder yaml = new StringBuilder("  - table: " + text(table.toString()) + "\n");
        if (rowKey != null) {
            yaml.append("    rowKey: ").append(text(rowKey)).append('\n');
        }
        yaml.append("    columns:\n");
        for (Column column : columns) {
            yaml.append("      - {column: " + text(column.name()) + ", encoding: " + column.encoding());
            if (!column.context().isEmpty()) {
                List<String> entries = new ArrayList<>();
                column.context().forEach((key, value) -> entries.add(text(key) + ": " + text(value)));
                yaml.append(", context: {").append(String.join(", ", entries)).append('}');
            }
            yaml.append("}\n");
        }
        return yaml.toString();
    }

    private static String text(String value) {
        return '"' + value.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }

    @Override
    public String toString() {
        return name;
    }
}
