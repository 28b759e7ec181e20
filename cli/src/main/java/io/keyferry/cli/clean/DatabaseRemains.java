package io.keyferry.cli.clean;

import io.keyferry.model.Migration;
import io.keyferry.model.TableName;
import io.keyferry.model.Topics;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a migration has left in the database. A connector of the user's own keeps its slot and its publication.
 *
 * @param slot empty where there is none that is ours
 * @param retained bytes of the write-ahead log that the slot keeps the server from removing
 * @param publication empty where there is none that is ours
 * @param origins replication origins of the sinks
 */
record DatabaseRemains(Optional<String> slot, long retained, Optional<String> publication, List<String> origins) {

    private static final String INSUFFICIENT_PRIVILEGE = "42501";

    /** Not on a standby: it cannot drop anything. */
    private static final String SLOT = "SELECT coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn), 0)"
            + " FROM pg_replication_slots WHERE slot_name = ? AND database = current_database()";

    private static final String PUBLICATION = "SELECT 1 FROM pg_publication WHERE pubname = ?";

    private static final String ORIGINS =
            "SELECT roname FROM pg_replication_origin WHERE roname ~ ('^' || ? || '_\\d+$') ORDER BY roident";

    static DatabaseRemains find(Connection connection, Migration migration) throws SQLException {
        String name = new Topics(migration.name()).slot();
        List<String> origins = ask(connection, ORIGINS, name);
        if (migration.changes().isPresent()) {
            return new DatabaseRemains(Optional.empty(), 0, Optional.empty(), origins);
        }
        List<String> slots = ask(connection, SLOT, name);
        return new DatabaseRemains(
                slots.stream().findAny().map(any -> name),
                slots.stream().mapToLong(Long::parseLong).sum(),
                ask(connection, PUBLICATION, name).stream().findAny().map(any -> name),
                origins);
    }

    boolean isEmpty() {
        return slot.isEmpty() && publication.isEmpty() && origins.isEmpty();
    }

    /**
     * Removes it, the slot first: that is what fills the server's disk.
     *
     * @return the statements that somebody with more privileges must run
     */
    List<String> remove(Connection connection) throws SQLException {
        List<String> left = new ArrayList<>();
        if (slot.isPresent()) {
            run(connection, "SELECT pg_drop_replication_slot(" + literal(slot.get()) + ")", left);
        }
        if (publication.isPresent()) {
            run(connection, "DROP PUBLICATION IF EXISTS " + TableName.quote(publication.get()), left);
        }
        for (String origin : origins) {
            run(connection, "SELECT pg_replication_origin_drop(" + literal(origin) + ")", left);
        }
        return left;
    }

    private static void run(Connection connection, String sql, List<String> left) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.execute();
        } catch (SQLException e) {
            if (!INSUFFICIENT_PRIVILEGE.equals(e.getSQLState())) {
                throw e;
            }
            left.add(sql + ";");
        }
    }

    /** Names of ours hold letters, digits and underscores only; the quotes are doubled all the same. */
    private static String literal(String name) {
        return "'" + name.replace("'", "''") + "'";
    }

    private static List<String> ask(Connection connection, String query, String name) throws SQLException {
        List<String> found = new ArrayList<>();
        try (PreparedStatement statement = connection.prepareStatement(query)) {
            statement.setString(1, name);
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    found.add(rows.getString(1));
                }
            }
        }
        return found;
    }
}
