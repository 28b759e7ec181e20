package io.keyferry.database;

import io.keyferry.model.TableName;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Reads tables, their columns and indexes from pg_catalog, over one connection. */
final class CatalogQueries {

    private static final String TABLES = """
            SELECT n.nspname, c.relname, c.oid, c.relkind, c.relpersistence = 'p', row_security_active(c.oid),
                   has_schema_privilege(n.oid, 'USAGE'),
                   c.relkind = 'r' AND EXISTS (SELECT FROM pg_catalog.pg_inherits h WHERE h.inhparent = c.oid),
                   ARRAY(SELECT an.nspname::text FROM pg_partition_ancestors(c.oid) AS above
                         JOIN pg_catalog.pg_class ac ON ac.oid = above AND ac.oid <> c.oid
                         JOIN pg_catalog.pg_namespace an ON an.oid = ac.relnamespace ORDER BY ac.oid),
                   ARRAY(SELECT ac.relname::text FROM pg_partition_ancestors(c.oid) AS above
                         JOIN pg_catalog.pg_class ac ON ac.oid = above AND ac.oid <> c.oid ORDER BY ac.oid)
            FROM unnest(?::text[], ?::text[]) AS wanted(schema, name)
            JOIN pg_catalog.pg_namespace n ON n.nspname = wanted.schema
            JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = wanted.name
            """;

    // The type is qualified by hand, not by search_path: another session's may be another one. The -1 makes
    // format_type say bpchar, where "character" would mean character(1) and cut values short.
    private static final String COLUMNS = """
            WITH RECURSIVE resolved AS (
                SELECT a.attrelid, a.attnum, a.attname, a.attgenerated, a.attnotnull, t.oid AS type, t.typtype,
                       t.typbasetype, t.typtypmod, a.atttypmod AS typmod
                FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
                WHERE a.attrelid = ANY (?) AND a.attnum > 0 AND NOT a.attisdropped
                UNION ALL
                SELECT r.attrelid, r.attnum, r.attname, r.attgenerated, r.attnotnull, t.oid, t.typtype,
                       t.typbasetype, t.typtypmod, r.typtypmod
                FROM resolved r JOIN pg_catalog.pg_type t ON t.oid = r.typbasetype WHERE r.typtype = 'd')
            SELECT r.attrelid, r.attname,
                   CASE WHEN n.nspname = 'pg_catalog' THEN format_type(t.oid, -1)
                        ELSE quote_ident(n.nspname) || '.' || quote_ident(t.typname) END,
                   t.typname, n.nspname = 'pg_catalog', t.typtype, r.attnotnull,
                   t.typname = 'numeric' AND r.typmod >= 4 AND (r.typmod - 4) & 2047 >= 1024, r.attgenerated <> '',
                   has_column_privilege(r.attrelid, r.attnum, 'SELECT'),
                   has_column_privilege(r.attrelid, r.attnum, 'UPDATE')
            FROM resolved r
            JOIN pg_catalog.pg_type t ON t.oid = r.type
            JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
            WHERE r.typtype <> 'd' ORDER BY r.attrelid, r.attnum
            """;

    // An index may hold further columns (INCLUDE), which are no part of its key.
    private static final String INDEXES = """
            SELECT i.indrelid, c.relname, i.indisprimary, i.indisunique, i.indimmediate, i.indpred IS NOT NULL,
                   i.indisvalid,
                   ARRAY(SELECT a.attname::text FROM unnest(i.indkey) WITH ORDINALITY AS k(attnum, position)
                         LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
                             AND k.attnum <> 0
                         WHERE k.position <= i.indnkeyatts ORDER BY k.position)
            FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
            WHERE i.indrelid = ANY (?) ORDER BY c.relname
            """;

    // A deferrable primary key is none that the server can identify an old row by.
    private static final String MEMBERS = """
            SELECT root.oid, n.nspname, m.relname, m.relkind, m.relpersistence = 'p', m.relreplident, x.relname,
                   EXISTS (SELECT FROM pg_catalog.pg_attribute a
                           WHERE a.attrelid = m.oid AND a.attgenerated = 'v' AND NOT a.attisdropped)
            FROM unnest(?::oid[]) AS root(oid)
            CROSS JOIN LATERAL (
                SELECT root.oid AS relid UNION SELECT relid FROM pg_partition_tree(root.oid)) AS member
            JOIN pg_catalog.pg_class m ON m.oid = member.relid AND m.relkind IN ('r', 'f')
            JOIN pg_catalog.pg_namespace n ON n.oid = m.relnamespace
            LEFT JOIN pg_catalog.pg_index i ON i.indrelid = m.oid AND i.indisvalid
                AND (m.relreplident = 'd' AND i.indisprimary AND i.indimmediate
                     OR m.relreplident = 'i' AND i.indisreplident)
            LEFT JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
            ORDER BY root.oid, n.nspname, m.relname
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
                            row.getBoolean(8),
                            names(texts(row, 9), texts(row, 10)),
                            List.of(),
                            List.of(),
                            Map.of()));
                }
            }
        }
        return withColumns(found);
    }

    private Map<TableName, CatalogTable> withColumns(List<CatalogTable> found) throws SQLException {
        Object[] oids = found.stream().map(CatalogTable::oid).toArray();
        Map<Long, List<CatalogIndex>> indexes = indexes(oids);
        Map<Long, List<PublishedMember>> members = members(oids);
        Map<Long, Map<String, CatalogColumn>> columns = columns(oids);
        Map<TableName, CatalogTable> tables = new HashMap<>();
        for (CatalogTable table : found) {
            tables.put(
                    table.name(),
                    table.with(
                            indexes.getOrDefault(table.oid(), List.of()),
                            members.getOrDefault(table.oid(), List.of()),
                            columns.getOrDefault(table.oid(), Map.of())));
        }
        return tables;
    }

    private Map<Long, List<CatalogIndex>> indexes(Object[] oids) throws SQLException {
        Map<Long, List<CatalogIndex>> indexes = new HashMap<>();
        try (PreparedStatement query = connection.prepareStatement(INDEXES)) {
            query.setArray(1, connection.createArrayOf("oid", oids));
            try (ResultSet row = query.executeQuery()) {
                while (row.next()) {
                    indexes.computeIfAbsent(row.getLong(1), oid -> new ArrayList<>())
                            .add(new CatalogIndex(
                                    row.getString(2),
                                    texts(row, 8),
                                    row.getBoolean(3),
                                    row.getBoolean(4),
                                    row.getBoolean(5),
                                    row.getBoolean(6),
                                    row.getBoolean(7)));
                }
            }
        }
        return indexes;
    }

    private Map<Long, List<PublishedMember>> members(Object[] oids) throws SQLException {
        Map<Long, List<PublishedMember>> members = new HashMap<>();
        try (PreparedStatement query = connection.prepareStatement(MEMBERS)) {
            query.setArray(1, connection.createArrayOf("oid", oids));
            try (ResultSet row = query.executeQuery()) {
                while (row.next()) {
                    members.computeIfAbsent(row.getLong(1), oid -> new ArrayList<>())
                            .add(new PublishedMember(
                                    new TableName(row.getString(2), row.getString(3)),
                                    row.getString(4).charAt(0),
                                    row.getBoolean(5),
                                    row.getString(6).charAt(0),
                                    row.getString(7),
                                    row.getBoolean(8)));
                }
            }
        }
        return members;
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
                            row.getBoolean(9),
                            row.getBoolean(10),
                            row.getBoolean(11));
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

    private static List<String> texts(ResultSet row, int column) throws SQLException {
        return Arrays.asList((String[]) row.getArray(column).getArray());
    }

    private static List<TableName> names(List<String> schemas, List<String> tables) {
        return IntStream.range(0, schemas.size())
                .mapToObj(i -> new TableName(schemas.get(i), tables.get(i)))
                .toList();
    }

    private Array texts(Object[] texts) throws SQLException {
        return connection.createArrayOf("text", texts);
    }
}
