package io.keyferry.database;

import io.keyferry.model.Migration;
import io.keyferry.model.NearestName;
import io.keyferry.model.TableName;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Finds the columns that tell a table's rows apart: its primary key, or the unique index that is named. */
final class RowKeyCheck {

    private final Migration.Table wanted;
    private final CatalogTable table;
    private final Consumer<String> wrong;

    RowKeyCheck(Migration.Table wanted, CatalogTable table, Consumer<String> wrong) {
        this.wanted = wanted;
        this.table = table;
        this.wrong = wrong;
    }

    /** The columns in the order of their index; none where there is no such key. */
    List<String> columns() {
        List<String> columns = key().map(CatalogIndex::columns).orElse(List.of());
        for (String name : columns) {
            CatalogColumn column = table.columns().get(name);
            if (!ColumnTypes.canBeRowKey(column)) {
                wrong.accept("column " + name + " of the row key is of type " + column.type()
                        + ", which KeyFerry cannot carry; it can carry " + ColumnTypes.ROW_KEY_NAMES);
            }
        }
        return columns;
    }

    private Optional<CatalogIndex> key() {
        Optional<CatalogIndex> primary = table.primaryKey();
        if (primary.isPresent()) {
            if (wanted.rowKey().isPresent()) {
                wrong.accept("has a primary key, which tells its rows apart: leave rowKey out");
            }
            return primary;
        }
        if (wanted.rowKey().isEmpty()) {
            wrong.accept("has no primary key, by which KeyFerry tells its rows apart: add one, or name a unique index"
                    + " over NOT NULL columns as rowKey" + candidates());
            return Optional.empty();
        }
        if (table.isPartitioned()) {
            wrong.accept("is partitioned and has no primary key: a partition that is created later could not be updated"
                    + " by the application; add a primary key");
            return Optional.empty();
        }
        return named(wanted.rowKey().get());
    }

    private String candidates() {
        List<String> names = table.indexes().stream()
                .filter(index -> unfit(index).isEmpty())
                .map(CatalogIndex::name)
                .toList();
        return names.isEmpty() ? "" : " (" + String.join(", ", names) + ")";
    }

    private Optional<CatalogIndex> named(String name) {
        Optional<CatalogIndex> index = table.index(name);
        if (index.isEmpty()) {
            wrong.accept("there is no index " + name
                    + NearestName.of(
                                    name,
                                    table.indexes().stream()
                                            .map(CatalogIndex::name)
                                            .toList())
                            .map(near -> "; did you mean " + near + "?")
                            .orElse(""));
            return Optional.empty();
        }
        Optional<String> unfit = unfit(index.get());
        unfit.ifPresent(reason -> wrong.accept("index " + name + " cannot be its row key: " + reason));
        return unfit.isPresent() ? Optional.empty() : index;
    }

    private Optional<String> unfit(CatalogIndex index) {
        if (!index.unique()) {
            return Optional.of("it is not unique");
        }
        if (!index.valid()) {
            return Optional.of("it is not complete: REINDEX it");
        }
        if (index.partial()) {
            return Optional.of("it leaves rows out (WHERE)");
        }
        if (!index.immediate()) {
            return Optional.of("it is deferrable");
        }
        if (index.hasExpression()) {
            return Optional.of("it is on an expression, not on columns alone");
        }
        List<String> nullable = index.columns().stream()
                .filter(column -> !table.columns().get(column).notNull())
                .toList();
        return nullable.isEmpty()
                ? Optional.empty()
                : Optional.of("it allows NULL in " + String.join(", ", nullable) + ": ALTER TABLE "
                        + table.name().quoted() + " ALTER COLUMN "
                        + TableName.quote(nullable.get(0)) + " SET NOT NULL");
    }
}
