package io.keyferry.cli.report;

import io.keyferry.cli.configuration.StageName;
import io.keyferry.cli.init.KeyQuestion;
import io.keyferry.cli.kafka.ExistingKafka;
import io.keyferry.cli.kafka.StageGroup;
import io.keyferry.cli.letters.RemainingLetters;
import io.keyferry.database.Database;
import io.keyferry.kms.KeyInquiry;
import io.keyferry.kms.KeyServices;
import io.keyferry.kms.KeyUses;
import io.keyferry.kms.KmsAccess;
import io.keyferry.kms.KmsConnection;
import io.keyferry.kms.RetryListener;
import io.keyferry.model.Migration;
import io.keyferry.model.Progress;
import io.keyferry.model.Topics;
import io.keyferry.sink.ProgressReader;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** Gathers what a report rests on, from Kafka, the database and KMS; changes nothing. Used by one thread. */
final class EvidenceReader {

    private static final int REQUESTS_PER_SECOND = 20;
    /** What is under way when it is looked at has its outcome a moment later, unless something is wrong. */
    private static final Duration MOMENT = Duration.ofMillis(500);

    private static final int LOOKS = 10;

    private static final String SLOT_IS_READ =
            "SELECT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = ? AND active)";

    private final Migration migration;
    private final Evidence.Configuration configuration;
    private final ExistingKafka kafka;
    private final Database database;

    EvidenceReader(Migration migration, Evidence.Configuration configuration, ExistingKafka kafka, Database database) {
        this.migration = migration;
        this.configuration = configuration;
        this.kafka = kafka;
        this.database = database;
    }

    Evidence read(List<VerificationRecord> verifications) throws SQLException, InterruptedException {
        ProgressEvidence progress;
        List<Progress.LearntKey> learnt;
        try (ProgressReader reader = new ProgressReader(
                new Topics(migration.name()).progress(), kafka.access().properties())) {
            progress = settled(reader);
            learnt = reader.of(Progress.LearntKey.class);
        }
        // after the sweep that is judged: what was open then, and still is, is found now
        OpenTransactions transactions;
        boolean slotIsRead;
        try (Connection connection = database.connect("report")) {
            connection.setReadOnly(true);
            transactions = OpenTransactions.read(connection, sweepBegan(progress));
            slotIsRead = slotIsRead(connection);
        }
        return new Evidence(
                migration,
                configuration,
                Instant.now(),
                VerificationJudgement.database(migration),
                progress,
                slotIsRead && hasMembers(StageName.STREAM_PROCESSOR) && hasMembers(StageName.SINK),
                RemainingLetters.read(migration, kafka),
                verifications,
                transactions,
                keys(),
                otherColumns(learnt));
    }

    private static ProgressEvidence settled(ProgressReader reader) throws InterruptedException {
        for (int looks = 1; ; looks++) {
            reader.readToEnd();
            ProgressEvidence found = ProgressEvidence.of(reader);
            if (found.total().balanced() || looks == LOOKS) {
                return found;
            }
            Thread.sleep(MOMENT.toMillis());
        }
    }

    /** Without a sweep every transaction is in question. */
    private static Instant sweepBegan(ProgressEvidence progress) {
        return progress.sweep()
                .flatMap(Progress.Sweep::began)
                .or(progress::sweepEnded)
                .orElseGet(Instant::now);
    }

    private boolean slotIsRead(Connection connection) throws SQLException {
        try (PreparedStatement query = connection.prepareStatement(SLOT_IS_READ)) {
            query.setString(1, migration.slot());
            try (ResultSet row = query.executeQuery()) {
                row.next();
                return row.getBoolean(1);
            }
        }
    }

    private boolean hasMembers(StageName stage) {
        try (StageGroup group = StageGroup.of(stage, migration, kafka.access())) {
            return !group.members().isEmpty();
        }
    }

    private List<KeyUses> keys() {
        try (KeyInquiry kms =
                new KeyInquiry(KmsAccess.ofEnvironment(migration.keys().region()))) {
            return migration.keys().source().stream().map(kms::ask).toList();
        }
    }

    private OtherColumns otherColumns(List<Progress.LearntKey> learnt) throws SQLException {
        Migration.Keys keys = migration.keys();
        try (Connection connection = database.connect("report");
                KmsConnection kms = KeyServices.open(
                        KmsAccess.ofEnvironment(keys.region()), REQUESTS_PER_SECOND, RetryListener.NOBODY)) {
            return OtherColumns.scan(
                    connection, migration, learnt, new KeyQuestion(kms.withoutRetries(), keys.source(), keys.target()));
        }
    }
}
