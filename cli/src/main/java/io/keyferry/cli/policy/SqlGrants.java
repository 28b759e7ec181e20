package io.keyferry.cli.policy;

import io.keyferry.model.Migration;
import io.keyferry.model.TableLayout;
import io.keyferry.model.TableName;
import io.keyferry.sink.OriginFunctions;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** What the migration's role needs in the database, as statements for a superuser. */
final class SqlGrants {

    private SqlGrants() {}

    static List<String> statements(String role, Migration migration, List<TableLayout> layouts) {
        String grantee = TableName.quote(role);
        List<String> sql = new ArrayList<>();
        // the slot of a connector of the user's own is read by that connector
        sql.add("CREATE ROLE " + grantee + (migration.changes().isEmpty() ? " LOGIN REPLICATION" : " LOGIN"));
        layouts.stream()
                .map(layout -> layout.name().schema())
                .distinct()
                .forEach(schema -> sql.add("GRANT USAGE ON SCHEMA " + TableName.quote(schema) + " TO " + grantee));
        for (TableLayout layout : layouts) {
            String to = " ON " + layout.name().quoted() + " TO " + grantee;
            sql.add("GRANT SELECT " + columns(layout.columns().keySet()) + to);
            sql.add("GRANT UPDATE " + columns(encrypted(migration, layout.name())) + to);
        }
        OriginFunctions.SIGNATURES.forEach(
                function -> sql.add("GRANT EXECUTE ON FUNCTION pg_catalog." + function + " TO " + grantee));
        // report looks for transactions that are older than the newest sweep
        sql.add("GRANT pg_read_all_stats TO " + grantee);
        return List.copyOf(sql);
    }

    private static List<String> encrypted(Migration migration, TableName name) {
        return migration.tables().stream()
                .filter(table -> table.name().equals(name))
                .flatMap(table -> table.columns().stream())
                .map(Migration.Column::name)
                .toList();
    }

    private static String columns(Collection<String> names) {
        return new TreeSet<>(names).stream().map(TableName::quote).collect(Collectors.joining(", ", "(", ")"));
    }
}
