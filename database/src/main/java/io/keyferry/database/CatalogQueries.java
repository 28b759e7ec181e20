package io.keyferry.database;

import io.keyferry.model.TableName;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads tables, their columns and primary keys from pg_catalog, over one connection. */
final class CatalogQueries {

    private static final String TABLES = """
            SELECT n.nspname, c.relname, c.oid, c.relkind, c.relpersistence = 'p', row_security_active(c.oid),
                   has_schema_privilege(n.oid, 'USAGE')
            FROM unnest(?::text[], ?::text[]) AS wanted(schema, name)
            JOIN pg_catalog.pg_namespace n ON n.nspname = wanted.schema
            JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = wanted.name
            """;

    // The type is qualified by hand, not by search_path: another session's may be another one. The -1 makes
    // format_type say bpchar, where "character" would mean character(1) and cut values short.
    private static final String COLUMNS = """
            WITH RECURSIVE resolved AS (
                SELECT a.attrelid, a.attnum, a.attname, a.attgenerated, t.oid AS type, t.typtype, t.typbasetype
                FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
                WHERE a.attrelid = ANY (?) AND a.attnum > 0 AND NOT a.attisdropped
                UNION ALL
                SELECT r.attrelid, r.attnum, r.attname, r.attgenerated, t.oid, t.typtype, t.typbasetype
                FROM resolved r JOIN pg_catalog.pg_type t ON t.oid = r.typbasetype WHERE r.typtype = 'd')
            SELECT r.attrelid, r.attname,
                   CASE WHEN n.nspname = 'pg_catalog' THEN format_type(t.oid, -1)
                        ELSE quote_ident(n.nspname) || '.' || quote_ident(t.typname) END,
                   t.typname, n.nspname = 'pg_catalog', t.typtype, r.attgenerated <> '',
                   has_column_privilege(r.attrelid, r.attnum, 'SELECT'),
                   has_column_privilege(r.attrelid, r.attnum, 'UPDATE')
            FROM resolved r
            JOIN pg_catalog.pg_type t ON t.oid = r.type
            JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
            WHERE r.typtype <> 'd' ORDER BY r.attrelid, r.attnum
            """;

    // A primary key's index may hold further columns (INCLUDE), which are no part of the key.
    private static final String PRIMARY_KEYS = """
            SELECT i.indrelid, a.attname
            FROM pg_catalog.pg_index i
            CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k(attnum, position)
            JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
            WHERE i.indrelid = ANY (?) AND i.indisprimary AND k.position <= i.indnkeyatts
            ORDER BY i.indrelid, k.position
            """;

    private static final String ALL_NAMES = """
            SELECT n.nspname, c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
            """;

    private final Connection connection;

    CatalogQueries(Connection connection) {
        this.connection = connection;
    }

    /** The relations of these names, whatever their kind; those that do not exist are left out. */
    Map<TableName, CatalogTable> tables(Collection<TableName> names) throws SQLException {
        List<CatalogTable> found = new ArrayList<>();
        try (PreparedStatement query = connection.prepareStatement(TABLES)) {
            query.setArray(1, texts(names.stream().map(TableName::schema).toArray()));
            query.setArray(2, texts(names.stream().map(TableName::table).toArray()));
            try (ResultSet row = query.executeQuery()) {
                while (row.next()) {
                    found.add(new CatalogTable(
                            row.getLong(3),
                            new TableName(row.getString(1), row.getString(2)),
                            row.getString(4).charAt(0),
                            row.getBoolean(5),
                            row.getBoolean(6),
                            row.getBoolean(7),
                            List.of(),
                            Map.of()));
                }
            }
        }
        return withColumns(found);
    }

    private Map<TableName, CatalogTable> withColumns(List<CatalogTable> found) throws SQLException {
        Object[] oids = found.stream().map(CatalogTable::oid).toArray();
        Map<Long, List<String>> keys = primaryKeys(oids);
        Map<Long, Map<String, CatalogColumn>> columns = columns(oids);
        Map<TableName, CatalogTable> tables = new HashMap<>();
        for (CatalogTable table : found) {
            tables.put(
                    table.name(),
                    new CatalogTable(
                            table.oid(),
                            table.name(),
                            table.kind(),
                            table.persistent(),
                            table.filtered(),
                            table.schemaUsable(),
                            keys.getOrDefault(table.oid(), List.of()),
                            columns.getOrDefault(table.oid(), Map.of())));
        }
        return tables;
    }

    private Map<Long, List<String>> primaryKeys(Object[] oids) throws SQLException {
        Map<Long, List<String>> keys = new HashMap<>();
        try (PreparedStatement query = connection.prepareStatement(PRIMARY_KEYS)) {
            query.setArray(1, connection.createArrayOf("oid", oids));
            try (ResultSet row = query.executeQuery()) {
                while (row.next()) {
                    keys.computeIfAbsent(row.getLong(1), oid -> new ArrayList<>())
                            .add(row.getString(2));
                }
            }
        }
        return keys;
    }

    private Map<Long, Map<String, CatalogColumn>> columns(Object[] oids) throws SQLException {
        Map<Long, Map<String, CatalogColumn>> columns = new HashMap<>();
        try (PreparedStatement query = connection.prepareStatement(COLUMNS)) {
            query.setArray(1, connection.createArrayOf("oid", oids));
            try (ResultSet row = query.executeQuery()) {
                while (row.next()) {
                    CatalogColumn column = new CatalogColumn(
                            row.getString(2),
                            row.getString(3),
                            row.getString(4),
                            row.getBoolean(5),
                            row.getString(6).charAt(0),
                            row.getBoolean(7),
                            row.getBoolean(8),
                            row.getBoolean(9));
                    columns.computeIfAbsent(row.getLong(1), oid -> new LinkedHashMap<>())
                            .put(column.name(), column);
                }
            }
        }
        return columns;
    }

    /** Every table of the database but the system's. */
    List<TableName> allNames() throws SQLException {
        List<TableName> names = new ArrayList<>();
        try (PreparedStatement query = connection.prepareStatement(ALL_NAMES);
                ResultSet row = query.executeQuery()) {
            while (row.next()) {
                names.add(new TableName(row.getString(1), row.getString(2)));
            }
        }
        return names;
    }

    /** The session's role and database. */
    List<String> roleAndDatabase() throws SQLException {
        try (PreparedStatement query = connection.prepareStatement("SELECT current_user, current_database()");
                ResultSet row = query.executeQuery()) {
            row.next();
            return List.of(row.getString(1), row.getString(2));
        }
    }

    private Array texts(Object[] texts) throws SQLException {
        return connection.createArrayOf("text", texts);
    }
}
