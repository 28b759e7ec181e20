package io.keyferry.database;

import static java.util.stream.Collectors.joining;

import io.keyferry.model.Encoding;
import io.keyferry.model.Migration;
import io.keyferry.model.NearestName;
import io.keyferry.model.TableLayout;
import io.keyferry.model.TableName;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** Compares one table of a migration with the catalog's, and collects what does not fit. */
final class TableCheck {

    private final Migration.Table wanted;
    private final CatalogTable table;
    private final String role;
    private final boolean toWrite;
    private final List<SchemaException.Problem> problems;
    private final List<TableName> migrated;
    private final Set<CatalogColumn> needed = new LinkedHashSet<>();
    private final Set<CatalogColumn> written = new LinkedHashSet<>();

    /**
     * @param migrated every table of the migration
     * @param toWrite whether the role must be able to write back
     */
    TableCheck(
            Migration.Table wanted,
            CatalogTable table,
            List<TableName> migrated,
            String role,
            boolean toWrite,
            List<SchemaException.Problem> problems) {
        this.wanted = wanted;
        this.migrated = migrated;
        this.table = table;
        this.role = role;
        this.toWrite = toWrite;
        this.problems = problems;
    }

    /** The layout, which is of use only where no problem was found. */
    TableLayout layout() {
        if (!table.isTable()) {
            wrong("is " + kind());
            return null;
        }
        List<String> rowKey = new RowKeyCheck(wanted, table, this::wrong).columns();
        table(rowKey.isEmpty() ? Optional.empty() : wanted.rowKey());
        rowKey.forEach(name -> needed.add(table.columns().get(name)));
        wanted.columns().forEach(column -> encrypted(column, rowKey));
        wanted.contextColumns().forEach(this::context);
        needed.forEach(this::carried);
        privileges();
        return TableLayout.of(
                table.name(),
                rowKey,
                table.primaryKey().isPresent(),
                needed.stream()
                        .map(column -> new TableLayout.Column(column.name(), column.type()))
                        .toList());
    }

    private String kind() {
        return switch (table.kind()) {
            case 'v' -> "a view: name the table that it reads";
            case 'm' -> "a materialized view: name the table that it reads, and refresh it afterwards";
            case 'f' -> "a foreign table: run KeyFerry against the server that holds the rows";
            default -> "no table";
        };
    }

    /** @param index the fitting unique index that takes the place of a primary key */
    private void table(Optional<String> index) {
        Set<String> told = new LinkedHashSet<>();
        table.members().stream()
                .flatMap(member -> member.problem(index, table.primaryKey().isPresent()).stream())
                .forEach(told::add);
        told.forEach(this::wrong);
        if (table.inherited()) {
            wrong("has child tables that inherit from it, over which no primary key holds: take them out with ALTER"
                    + " TABLE <child> NO INHERIT " + quoted()
                    + " for the migration, and migrate them by their own names");
        }
        table.partitionOf().stream()
                .filter(migrated::contains)
                .forEach(root ->
                        wrong("is a partition of " + root + ", which is migrated with all of them: leave it out"));
        if (table.filtered()) {
            wrong("has row-level security, which may hide rows from role " + role + ": use its owner, or a role with"
                    + " BYPASSRLS (ALTER ROLE " + TableName.quote(role) + " BYPASSRLS)");
        }
        Stream.of(table.name().schema(), table.name().table()).forEach(this::plain);
        lookAlikes();
    }

    /** Debezium takes a name that begins or ends with a double quote for one that is quoted already. */
    private void plain(String name) {
        if (name.startsWith("\"") || name.endsWith("\"")) {
            wrong("the name " + name + " begins or ends with a double quote, which Debezium cannot read: rename it for"
                    + " the migration");
        }
    }

    /** Debezium does not read a table with such columns, needed or not. */
    private void lookAlikes() {
        Map<String, String> seen = new HashMap<>();
        for (String name : table.columns().keySet()) {
            String first = seen.putIfAbsent(name.toLowerCase(Locale.ROOT), name);
            if (first != null) {
                wrong("columns " + first + " and " + name + " differ only by case, which Debezium cannot tell apart:"
                        + " rename one for the migration");
            }
        }
    }

    private void carried(CatalogColumn column) {
        plain(column.name());
        if (column.generated()) {
            wrong("column " + column.name()
                    + " is generated: logical replication leaves such columns out, and they cannot be written");
        }
    }

    private void encrypted(Migration.Column wantedColumn, List<String> rowKey) {
        String name = wantedColumn.name();
        find(name).ifPresent(column -> {
            needed.add(column);
            written.add(column);
            if (!ColumnTypes.canHold(wantedColumn.encoding(), column)) {
                wrong("column " + name + " is of type " + column.type() + ", but encoding "
                        + wantedColumn.encoding().word() + " is for "
                        + (wantedColumn.encoding() == Encoding.RAW ? "bytea" : "text, varchar, char and citext"));
            }
            if (rowKey.contains(name)) {
                wrong("column " + name + " is part of the row key: a row's key cannot be re-encrypted");
            }
        });
    }

    private void context(String name) {
        if (wanted.columns().stream().anyMatch(column -> column.name().equals(name))) {
            wrong("column " + name + " is in an encryption context and is itself encrypted: it would change meanwhile");
            return;
        }
        find(name).ifPresent(column -> {
            needed.add(column);
            if (!ColumnTypes.canBeContext(column)) {
                wrong("column " + name + " of an encryption context is of type " + column.type()
                        + ", whose text may come out differently; a context can be made from "
                        + ColumnTypes.CONTEXT_NAMES);
            } else if (column.wholeThousands()) {
                wrong("column " + name
                        + " of an encryption context is a numeric of negative scale, whose text comes out"
                        + " differently in change events: give it a scale of 0 (ALTER TABLE " + quoted()
                        + " ALTER COLUMN " + TableName.quote(name) + " TYPE numeric)");
            }
        });
    }

    private Optional<CatalogColumn> find(String name) {
        Optional<CatalogColumn> column = Optional.ofNullable(table.columns().get(name));
        if (column.isEmpty()) {
            wrong("there is no column " + name
                    + NearestName.of(name, table.columns().keySet())
                            .map(near -> "; did you mean " + near + "?")
                            .orElse(""));
        }
        return column;
    }

    private void privileges() {
        if (!table.schemaUsable()) {
            wrong("role " + role + " may not use its schema: GRANT USAGE ON SCHEMA "
                    + TableName.quote(table.name().schema()) + " TO " + TableName.quote(role));
        }
        List<String> missing = new ArrayList<>();
        missing(missing, "SELECT", needed, CatalogColumn::selectable);
        if (toWrite) {
            missing(missing, "UPDATE", written, CatalogColumn::updatable);
        }
        if (!missing.isEmpty()) {
            wrong("role " + role + " lacks privileges: GRANT " + String.join(", ", missing) + " ON " + quoted() + " TO "
                    + TableName.quote(role));
        }
    }

    private static void missing(
            List<String> missing, String privilege, Set<CatalogColumn> columns, Predicate<CatalogColumn> granted) {
        String names = columns.stream()
                .filter(granted.negate())
                .map(column -> TableName.quote(column.name()))
                .collect(joining(", "));
        if (!names.isEmpty()) {
            missing.add(privilege + " (" + names + ")");
        }
    }

    private String quoted() {
        return table.name().quoted();
    }

    private void wrong(String wrong) {
        problems.add(new SchemaException.Problem(wanted.name(), wrong));
    }
}
