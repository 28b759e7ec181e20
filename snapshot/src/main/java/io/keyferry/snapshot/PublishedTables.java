package io.keyferry.snapshot;

import io.keyferry.model.TableName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * What a publication publishes, as the catalog says.
 *
 * @param exists whether there is a publication of that name
 * @param everyOperation whether inserts, updates and deletes are published
 * @param viaRoot whether changes of partitions are published as the root's
 * @param generatedColumns whether stored generated columns are published
 * @param tables the tables, each with what is published of it
 */
record PublishedTables(
        boolean exists,
        boolean everyOperation,
        boolean viaRoot,
        boolean generatedColumns,
        Map<TableName, Published> tables) {

    /**
     * @param listed whether the table is named in the publication, rather than published with its schema or with all
     * @param columnList whether only some columns are published, or new ones would not be
     * @param everyRow whether no row filter leaves rows out
     */
    record Published(boolean listed, boolean columnList, boolean everyRow, Set<String> columns) {}

    private static final String HEAD = """
            SELECT pubinsert AND pubupdate AND pubdelete AS every_operation,
                   coalesce((to_jsonb(p) ->> 'pubviaroot')::boolean, false) AS via_root,
                   coalesce(to_jsonb(p) ->> 'pubgencols' IN ('s', 'true'), false) AS generated_columns
            FROM pg_publication p WHERE pubname = ?""";

    /** Columns through jsonb, because some of them came with PostgreSQL 15. */
    private static final String TABLES = """
            SELECT t.schemaname, t.tablename,
                   r.prrelid IS NOT NULL AS listed,
                   to_jsonb(r) ->> 'prattrs' IS NOT NULL AS column_list,
                   to_jsonb(r) ->> 'prqual' IS NULL AS every_row,
                   ARRAY(SELECT a.attname::text FROM pg_attribute a
                         WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                         AND (NOT jsonb_exists(to_jsonb(t), 'attnames')
                              OR jsonb_exists(to_jsonb(t) -> 'attnames', a.attname::text))) AS columns
            FROM pg_publication_tables t
            JOIN pg_namespace n ON n.nspname = t.schemaname
            JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = t.tablename
            JOIN pg_publication p ON p.pubname = t.pubname
            LEFT JOIN pg_publication_rel r ON r.prpubid = p.oid AND r.prrelid = c.oid
            WHERE t.pubname = ?""";

    static PublishedTables of(Connection connection, String publication) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(HEAD)) {
            statement.setString(1, publication);
            try (ResultSet row = statement.executeQuery()) {
                if (!row.next()) {
                    return new PublishedTables(false, false, false, false, Map.of());
                }
                return new PublishedTables(
                        true,
                        row.getBoolean("every_operation"),
                        row.getBoolean("via_root"),
                        row.getBoolean("generated_columns"),
                        tables(connection, publication));
            }
        }
    }

    private static Map<TableName, Published> tables(Connection connection, String publication) throws SQLException {
        Map<TableName, Published> tables = new HashMap<>();
        try (PreparedStatement statement = connection.prepareStatement(TABLES)) {
            statement.setString(1, publication);
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    tables.put(
                            new TableName(row.getString("schemaname"), row.getString("tablename")),
                            new Published(
                                    row.getBoolean("listed"),
                                    row.getBoolean("column_list"),
                                    row.getBoolean("every_row"),
                                    Set.of((String[]) row.getArray("columns").getArray())));
                }
            }
        }
        return tables;
    }

    boolean lists(TableName table) {
        return tables.containsKey(table) && tables.get(table).listed();
    }

    boolean hasColumnList(TableName table) {
        return tables.containsKey(table) && tables.get(table).columnList();
    }

    /** Whether these columns of every row are published. */
    boolean covers(TableName table, Set<String> columns) {
        Published published = tables.get(table);
        return published != null && published.everyRow() && published.columns().containsAll(columns);
    }
}
