package io.keyferry.database;

import io.keyferry.model.Migration;
import io.keyferry.model.NearestName;
import io.keyferry.model.TableLayout;
import io.keyferry.model.TableName;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What pg_catalog says of a migration's tables. */
public final class Catalog {

    private Catalog() {}

    /**
     * The layouts of the tables, in their order.
     *
     * @throws SchemaException with everything that does not fit, over all tables
     */
    public static List<TableLayout> layouts(Connection connection, List<Migration.Table> tables) throws SQLException {
        return layouts(connection, tables, true);
    }

    /** The same for a role that only reads: UPDATE is not asked of it. */
    public static List<TableLayout> readable(Connection connection, List<Migration.Table> tables) throws SQLException {
        return layouts(connection, tables, false);
    }

    private static List<TableLayout> layouts(Connection connection, List<Migration.Table> tables, boolean toWrite)
            throws SQLException {
        CatalogQueries queries = new CatalogQueries(connection);
        List<String> roleAndDatabase = queries.roleAndDatabase();
        List<TableName> names = tables.stream().map(Migration.Table::name).toList();
        Map<TableName, CatalogTable> found = queries.tables(names);
        List<SchemaException.Problem> problems = new ArrayList<>();
        List<TableLayout> layouts = new ArrayList<>();
        for (Migration.Table table : tables) {
            CatalogTable there = found.get(table.name());
            if (there == null) {
                problems.add(new SchemaException.Problem(
                        table.name(), "there is no such table" + suggestion(table.name(), queries.allNames())));
            } else {
                layouts.add(new TableCheck(table, there, names, roleAndDatabase.get(0), toWrite, problems).layout());
            }
        }
        if (!problems.isEmpty()) {
            throw new SchemaException(roleAndDatabase.get(1), problems);
        }
        return List.copyOf(layouts);
    }

    /** The table of that name in another schema or case, or else the one that is spelt most like it. */
    private static String suggestion(TableName missing, List<TableName> all) {
        return all.stream()
                .filter(name -> name.table().equalsIgnoreCase(missing.table()))
                .sorted()
                .map(TableName::toString)
                .findFirst()
                .or(() -> NearestName.of(
                        missing.toString(),
                        all.stream().map(TableName::toString).toList()))
                .map(name -> "; did you mean " + name + "?")
                .orElse("");
    }
}
