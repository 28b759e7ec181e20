package io.keyferry.snapshot;

import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.postgresql.replication.LogSequenceNumber;

/**
 * Which server it is, and the timelines that its write-ahead log has followed: a failover, and a restore from a base
 * backup, begin a new one.
 *
 * @param systemIdentifier made by initdb; a server and its physical copies have the same
 * @param ends of every earlier timeline, the position at which this server left it
 */
record ServerHistory(String systemIdentifier, long timeline, Map<Long, Long> ends) {

    private static final String UNDEFINED_FILE = "58P01";

    /** Reads it by the replication protocol, which needs no privilege but the one to read changes. */
    static ServerHistory of(Connection replication) throws SQLException {
        try (Statement statement = replication.createStatement()) {
            String systemIdentifier;
            long timeline;
            try (ResultSet row = statement.executeQuery("IDENTIFY_SYSTEM")) {
                row.next();
                systemIdentifier = row.getString("systemid");
                timeline = row.getLong("timeline");
            }
            return new ServerHistory(systemIdentifier, timeline, timeline > 1 ? ends(statement, timeline) : Map.of());
        }
    }

    private static Map<Long, Long> ends(Statement statement, long timeline) throws SQLException {
        try (ResultSet row = statement.executeQuery("TIMELINE_HISTORY " + timeline)) {
            row.next();
            return parse(new String(row.getBytes("content"), StandardCharsets.UTF_8));
        } catch (SQLException e) {
            if (UNDEFINED_FILE.equals(e.getSQLState())) {
                // then no position of an earlier timeline can be trusted
                return Map.of();
            }
            throw e;
        }
    }

    /** The file's lines: timeline, position and reason, parted by tabs; others are comments. */
    private static Map<Long, Long> parse(String history) {
        Map<Long, Long> ends = new HashMap<>();
        history.lines().map(line -> line.strip().split("\\s+")).forEach(fields -> {
            if (fields.length >= 2 && fields[0].matches("[0-9]+")) {
                ends.put(
                        Long.parseLong(fields[0]),
                        LogSequenceNumber.valueOf(fields[1]).asLong());
            }
        });
        return ends;
    }

    /** Why a position that was noted on the server described is none on this one, or empty where it is. */
    Optional<String> obstacle(ServerHistory noted, long position) {
        if (!noted.systemIdentifier().equals(systemIdentifier)) {
            return Optional.of("this is another server (system identifier " + systemIdentifier
                    + ") than the one whose changes were handed on (" + noted.systemIdentifier() + ")");
        }
        if (noted.timeline() == timeline) {
            return Optional.empty();
        }
        Long end = ends.get(noted.timeline());
        if (end != null && position <= end) {
            return Optional.empty();
        }
        return Optional.of("the server has been restored, or a standby promoted, and "
                + (end == null
                        ? "its timeline " + timeline + " does not follow from timeline " + noted.timeline()
                        : "left timeline " + noted.timeline() + " at "
                                + LogSequenceNumber.valueOf(end).asString() + ", before "
                                + LogSequenceNumber.valueOf(position).asString()
                                + " up to which changes were handed on"));
    }
}
