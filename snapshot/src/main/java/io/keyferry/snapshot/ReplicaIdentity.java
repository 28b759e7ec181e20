package io.keyferry.snapshot;

import io.keyferry.model.KeyFerryException;
import io.keyferry.model.TableName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Set;
import java.util.TreeSet;

/**
 * What the server records of the old row at an UPDATE or DELETE, over a table and all its partitions.
 *
 * @param partitioned whether the table is the root of partitions
 * @param columns the columns that identify the old row: a publication that leaves one out makes the application's
 *     writes fail
 * @param everyColumn whether every column identifies it, those of a later ALTER TABLE included: a column list makes the
 *     application's writes fail
 * @param generated whether every column identifies it, a stored generated one is among them, and the server (from 18
 *     on) makes the application's writes fail unless that is published
 */
record ReplicaIdentity(boolean partitioned, Set<String> columns, boolean everyColumn, boolean generated) {

    private static final String READ = """
            SELECT root.relkind AS root_kind, m.relkind, m.relpersistence, m.relreplident,
                   i.indexrelid IS NOT NULL AS has_index, a.attname,
                   a.attgenerated = 's' AND current_setting('server_version_num')::int >= 180000 AS generated,
                   a.attgenerated = 'v' AS virtual
            FROM pg_class root JOIN pg_namespace n ON n.oid = root.relnamespace
            CROSS JOIN LATERAL (
                SELECT root.oid AS relid UNION SELECT relid FROM pg_partition_tree(root.oid)) AS member
            JOIN pg_class m ON m.oid = member.relid
            LEFT JOIN pg_index i ON i.indrelid = m.oid AND i.indisvalid
                AND (m.relreplident = 'd' AND i.indisprimary AND i.indimmediate OR m.relreplident = 'i' AND i.indisreplident)
            LEFT JOIN pg_attribute a ON a.attrelid = m.oid AND a.attnum > 0 AND NOT a.attisdropped
                AND (m.relreplident = 'f' OR a.attnum = ANY (i.indkey))
            WHERE n.nspname = ? AND root.relname = ?""";

    /**
     * Reads it from the catalog.
     *
     * @throws KeyFerryException where the table does not exist, or its changes cannot be published without harm
     */
    static ReplicaIdentity of(Connection connection, TableName table) throws SQLException {
        boolean found = false;
        boolean partitioned = false;
        boolean everyColumn = false;
        boolean generated = false;
        Set<String> columns = new TreeSet<>();
        try (PreparedStatement statement = connection.prepareStatement(READ)) {
            statement.setString(1, table.schema());
            statement.setString(2, table.table());
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    found = true;
                    partitioned = row.getString("root_kind").equals("p");
                    if (row.getString("relkind").equals("p")) {
                        continue;
                    }
                    refuseUnusable(table, row);
                    boolean full = row.getString("relreplident").equals("f");
                    if (full) {
                        everyColumn = true;
                        generated |= row.getBoolean("generated");
                    } else {
                        columns.add(row.getString("attname"));
                    }
                }
            }
        }
        if (!found) {
            throw new KeyFerryException("table " + table + " does not exist, or the migration's user may not see it");
        }
        return new ReplicaIdentity(partitioned, columns, everyColumn, generated);
    }

    private static void refuseUnusable(TableName table, ResultSet row) throws SQLException {
        if (!row.getString("relkind").equals("r")) {
            throw new KeyFerryException(table + " is no table whose changes PostgreSQL can publish");
        }
        if (!row.getString("relpersistence").equals("p")) {
            throw new KeyFerryException("table " + table
                    + " is unlogged, so its changes cannot be followed: ALTER TABLE " + table.quoted() + " SET LOGGED");
        }
        String identity = row.getString("relreplident");
        if (identity.equals("f")) {
            refuseVirtualColumn(table, row);
            return;
        }
        if (identity.equals("n") || !row.getBoolean("has_index")) {
            throw new KeyFerryException("table " + table + " has no replica identity that PostgreSQL can use, so once"
                    + " published the application could not update it: give it a primary key, or run ALTER TABLE "
                    + table.quoted() + " REPLICA IDENTITY "
                    + (identity.equals("d") ? "USING INDEX <a unique index>" : "DEFAULT"));
        }
    }

    /** Such a column is part of the identity and cannot be published, which the server takes as a reason to refuse. */
    private static void refuseVirtualColumn(TableName table, ResultSet row) throws SQLException {
        if (row.getBoolean("virtual")) {
            throw new KeyFerryException("table " + table
                    + " has REPLICA IDENTITY FULL and the virtual generated column "
                    + row.getString("attname") + ", so once published the application could not update it: run ALTER"
                    + " TABLE " + table.quoted() + " REPLICA IDENTITY DEFAULT");
        }
    }
}
