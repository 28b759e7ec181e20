package io.keyferry.snapshot;

import io.keyferry.database.LoginUnavailableException;
import io.keyferry.model.KeyFerryException;
import java.io.IOException;
import java.sql.SQLException;
import java.sql.SQLTransientException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;

/** Tells what a retry can cure from what a person must put right. */
final class Trouble {

    /** Connection, transaction rollback, resources, object in use, operator, system, internal. */
    private static final Set<String> OUTAGES = Set.of("08", "40", "53", "55", "57", "58", "XX");

    private Trouble() {}

    /** What a person must put right, or empty where it may go away by itself. */
    static Optional<KeyFerryException> beyondRetry(Throwable error) {
        for (Throwable cause : causes(error)) {
            if (cause instanceof LoginUnavailableException) {
                return Optional.empty();
            }
            if (cause instanceof KeyFerryException known) {
                return Optional.of(known);
            }
            if (cause instanceof AuthenticationException || cause instanceof AuthorizationException) {
                return Optional.of(
                        new KeyFerryException("Kafka refuses the snapshot stage: " + cause.getMessage(), error));
            }
            if (cause instanceof SQLException sql && sql.getSQLState() != null) {
                Optional<String> cure = cure(sql);
                if (cure.isPresent()) {
                    return Optional.of(new KeyFerryException(cure.get(), error));
                }
            }
        }
        return Optional.empty();
    }

    private static Optional<String> cure(SQLException error) {
        String state = error.getSQLState();
        String message = String.valueOf(error.getMessage()).lines().findFirst().orElse("");
        if (message.contains("wal_level")) {
            return Optional.of("the server's wal_level is not logical: set it in the server's configuration (on RDS and"
                    + " Aurora: rds.logical_replication=1) and restart the server");
        }
        if (message.contains("max_wal_senders")) {
            return Optional.of("every WAL sender of the server is in use: raise max_wal_senders and restart the server,"
                    + " or stop a replica that is no longer needed");
        }
        if (state.equals("53400") && message.contains("replication slots")) {
            return Optional.of("every replication slot of the server is in use: raise max_replication_slots and restart"
                    + " the server, or drop a slot that is no longer needed");
        }
        if (state.equals("42501")) {
            return Optional.of(
                    "the migration's user lacks a privilege (" + message + "); to read changes it needs ALTER"
                            + " ROLE … REPLICATION (on RDS and Aurora: GRANT rds_replication TO …) and SELECT on the tables");
        }
        if (state.equals("3D000")) {
            return Optional.of("database.url names a database that does not exist: " + message);
        }
        return Optional.empty();
    }

    /** Whether the network, the server or Kafka was in the way, which waiting can cure. */
    static boolean isOutage(Throwable error) {
        return causes(error).stream()
                .anyMatch(cause -> cause instanceof IOException
                        || cause instanceof KafkaException
                        || cause instanceof LoginUnavailableException
                        || cause instanceof SQLTransientException
                        || cause instanceof SQLException sql && isOutage(sql.getSQLState()));
    }

    private static boolean isOutage(String sqlState) {
        return sqlState == null || sqlState.length() < 2 || OUTAGES.contains(sqlState.substring(0, 2));
    }

    /** What happened, in one line and without a stack. */
    static String describe(Throwable error) {
        List<Throwable> causes = causes(error);
        Throwable root = causes.get(causes.size() - 1);
        String message = String.valueOf(root.getMessage()).lines().findFirst().orElse("");
        return root.getClass().getSimpleName() + ": " + message;
    }

    private static List<Throwable> causes(Throwable error) {
        List<Throwable> causes = new ArrayList<>();
        for (Throwable cause = error; cause != null && !causes.contains(cause); cause = cause.getCause()) {
            causes.add(cause);
        }
        return causes;
    }
}
