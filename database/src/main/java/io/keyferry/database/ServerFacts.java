package io.keyferry.database;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;

/**
 * What a server says of itself and of the session's role.
 *
 * @param version such as 180006
 * @param walLevel {@code logical}, {@code replica} or {@code minimal}
 * @param replication whether the role may use replication: by its attribute, as superuser, or by a managed service's
 *     role for it
 * @param systemIdentifier tells one cluster from another; empty where the role may not read it
 */
public record ServerFacts(
        int version,
        String walLevel,
        String database,
        String role,
        boolean superuser,
        boolean replication,
        Optional<String> systemIdentifier) {

    private static final String FACTS = """
            SELECT current_setting('server_version_num')::int, current_setting('wal_level'), current_database(),
                   current_user, r.rolsuper,
                   r.rolsuper OR r.rolreplication OR EXISTS (
                       SELECT FROM pg_catalog.pg_roles s
                       WHERE s.rolname = 'rds_replication' AND pg_has_role(r.oid, s.oid, 'MEMBER')),
                   has_function_privilege('pg_catalog.pg_control_system()', 'EXECUTE')
            FROM pg_catalog.pg_roles r WHERE r.rolname = current_user
            """;

    /** Asks the server. */
    public static ServerFacts read(Connection connection) throws SQLException {
        try (PreparedStatement facts = connection.prepareStatement(FACTS);
                ResultSet row = facts.executeQuery()) {
            row.next();
            return new ServerFacts(
                    row.getInt(1),
                    row.getString(2),
                    row.getString(3),
                    row.getString(4),
                    row.getBoolean(5),
                    row.getBoolean(6),
                    row.getBoolean(7) ? Optional.of(systemIdentifier(connection)) : Optional.empty());
        }
    }

    private static String systemIdentifier(Connection connection) throws SQLException {
        try (PreparedStatement query =
                        connection.prepareStatement("SELECT system_identifier FROM pg_catalog.pg_control_system()");
                ResultSet row = query.executeQuery()) {
            row.next();
            return row.getString(1);
        }
    }
}
