package io.keyferry.database;

import static java.util.stream.Collectors.joining;

import io.keyferry.model.Encoding;
import io.keyferry.model.Migration;
import io.keyferry.model.NearestName;
import io.keyferry.model.TableLayout;
import io.keyferry.model.TableName;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/** Compares one table of a migration with the catalog's, and collects what does not fit. */
final class TableCheck {

    private final Migration.Table wanted;
    private final CatalogTable table;
    private final String role;
    private final List<SchemaException.Problem> problems;
    private final Set<CatalogColumn> needed = new LinkedHashSet<>();
    private final Set<CatalogColumn> written = new LinkedHashSet<>();

    TableCheck(Migration.Table wanted, CatalogTable table, String role, List<SchemaException.Problem> problems) {
        this.wanted = wanted;
        this.table = table;
        this.role = role;
        this.problems = problems;
    }

    /** The layout, which is of use only where no problem was found. */
    TableLayout layout() {
        if (!table.isTable()) {
            wrong("is " + kind());
            return null;
        }
        table();
        rowKey();
        wanted.columns().forEach(this::encrypted);
        wanted.contextColumns().forEach(this::context);
        needed.stream()
                .filter(CatalogColumn::generated)
                .forEach(column -> wrong("column " + column.name()
                        + " is generated: logical replication leaves such columns out, and they cannot be written"));
        privileges();
        return TableLayout.of(
                table.name(),
                table.primaryKey(),
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

    private void table() {
        if (!table.persistent()) {
            wrong("is unlogged or temporary, so that its changes cannot be followed: ALTER TABLE " + quoted()
                    + " SET LOGGED");
        }
        if (table.filtered()) {
            wrong("has row-level security, which may hide rows from role " + role + ": use a role with BYPASSRLS");
        }
    }

    private void rowKey() {
        if (table.primaryKey().isEmpty()) {
            wrong("has no primary key, by which KeyFerry tells its rows apart: add one");
        }
        for (String name : table.primaryKey()) {
            CatalogColumn column = table.columns().get(name);
            needed.add(column);
            if (!ColumnTypes.canBeRowKey(column)) {
                wrong("column " + name + " of the primary key is of type " + column.type()
                        + ", which KeyFerry cannot carry; it can carry " + ColumnTypes.ROW_KEY_NAMES);
            }
        }
    }

    private void encrypted(Migration.Column migrated) {
        String name = migrated.name();
        find(name).ifPresent(column -> {
            needed.add(column);
            written.add(column);
            if (!ColumnTypes.canHold(migrated.encoding(), column)) {
                wrong("column " + name + " is of type " + column.type() + ", but encoding "
                        + migrated.encoding().word() + " is for "
                        + (migrated.encoding() == Encoding.RAW ? "bytea" : "text, varchar, char and citext"));
            }
            if (table.primaryKey().contains(name)) {
                wrong("column " + name + " is part of the primary key: a row's key cannot be re-encrypted");
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
        missing(missing, "UPDATE", written, CatalogColumn::updatable);
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
