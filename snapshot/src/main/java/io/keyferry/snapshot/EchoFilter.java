package io.keyferry.snapshot;

import io.keyferry.model.TableLayout;
import io.keyferry.model.TableName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/**
 * Says whether changes with a replication origin may be left on the server. That hides the sink's own writes, and every
 * other change with an origin too, so it is safe only where nothing else makes such changes.
 */
final class EchoFilter {

    private static final String FIRST_REASON = """
            WITH RECURSIVE migrated AS (
                SELECT t.oid, t.oid AS root FROM unnest(?::text[], ?::text[]) AS name(schema, relation)
                JOIN pg_namespace n ON n.nspname = name.schema
                JOIN pg_class t ON t.relnamespace = n.oid AND t.relname = name.relation
                UNION ALL
                SELECT i.inhrelid, m.root FROM migrated m JOIN pg_inherits i ON i.inhparent = m.oid)
            SELECT reason FROM (
                SELECT 1 AS rank, 'subscription ' || subname || ' writes to this database' AS reason
                FROM pg_subscription
                WHERE subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())
                UNION ALL
                SELECT 2, 'replication origin ' || roname || ' exists'
                FROM pg_replication_origin WHERE roname !~ ('^' || ? || '_[0-9]+$')
                UNION ALL
                SELECT 3, 'trigger ' || tgname || ' on ' || tgrelid::regclass || ' may write in the sink''s session'
                FROM pg_trigger
                WHERE tgrelid IN (SELECT oid FROM migrated) AND NOT tgisinternal AND tgenabled IN ('O', 'A')
                UNION ALL
                SELECT 4, 'rule ' || rulename || ' on ' || ev_class::regclass || ' may write in the sink''s session'
                FROM pg_rewrite WHERE ev_class IN (SELECT oid FROM migrated) AND ev_enabled IN ('O', 'A')) AS reasons
            ORDER BY rank, reason LIMIT 1""";

    private final String slot;
    private final List<TableName> tables;

    EchoFilter(String slot, List<TableLayout> layouts) {
        this.slot = slot;
        this.tables = layouts.stream().map(TableLayout::name).toList();
    }

    /** Why changes with an origin must be read, or empty where they may be left out. */
    Optional<String> obstacle(Connection connection) throws SQLException {
        if (connection.getMetaData().getDatabaseMajorVersion() < 16) {
            return Optional.of("PostgreSQL before 16 cannot leave them out");
        }
        try (PreparedStatement statement = connection.prepareStatement(FIRST_REASON)) {
            statement.setArray(1, names(connection, tables.stream().map(TableName::schema)));
            statement.setArray(2, names(connection, tables.stream().map(TableName::table)));
            statement.setString(3, slot);
            try (ResultSet row = statement.executeQuery()) {
                return row.next() ? Optional.of(row.getString(1)) : Optional.empty();
            }
        }
    }

    private static java.sql.Array names(Connection connection, java.util.stream.Stream<String> names)
            throws SQLException {
        return connection.createArrayOf("text", names.toArray());
    }
}
