package io.keyferry.cli.kafka;

import io.keyferry.cli.configuration.StageName;
import io.keyferry.model.KeyFerryException;
import io.keyferry.model.Migration;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Makes sure that no stage of a migration runs, wherever it may: by the groups' members, and by who reads the slot. */
public final class StoppedStages {

    /** The server notices a reader's end a moment later. */
    private static final int LOOKS = 10;

    private static final int LOOK_MILLIS = 500;

    private StoppedStages() {}

    /**
     * Returns when no stage is a member of its group.
     *
     * @throws KeyFerryException naming the one that is
     */
    public static void require(Migration migration, KafkaAccess kafka) {
        for (StageName stage : List.of(StageName.STREAM_PROCESSOR, StageName.SINK)) {
            try (StageGroup members = StageGroup.of(stage, migration, kafka)) {
                members.requireStopped();
            }
        }
    }

    /**
     * Returns when nobody reads the migration's slot; a connector of the user's own may go on.
     *
     * @throws KeyFerryException where the snapshot stage does
     */
    public static void requireSnapshotStopped(Migration migration, Connection connection) throws SQLException {
        if (migration.changes().isPresent()) {
            return;
        }
        for (int looks = 1; isRead(connection, migration.slot()); looks++) {
            if (looks == LOOKS) {
                throw new KeyFerryException("The snapshot is running (replication slot " + migration.slot()
                        + " is being read). Stop every `keyferry run` with that stage first. Nothing was changed.");
            }
            sleep();
        }
    }

    private static boolean isRead(Connection connection, String slot) throws SQLException {
        try (PreparedStatement query =
                connection.prepareStatement("SELECT 1 FROM pg_replication_slots WHERE slot_name = ? AND active")) {
            query.setString(1, slot);
            try (ResultSet rows = query.executeQuery()) {
                return rows.next();
            }
        }
    }

    private static void sleep() {
        try {
            TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new KeyFerryException("interrupted while waiting for the database", e);
        }
    }
}
