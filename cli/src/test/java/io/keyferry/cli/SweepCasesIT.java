package io.keyferry.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.keyferry.model.ContextTemplate;
import io.keyferry.model.Counts;
import io.keyferry.model.Encoding;
import io.keyferry.model.Migration;
import io.keyferry.model.Progress;
import io.keyferry.model.SnapshotMode;
import io.keyferry.model.Stage;
import io.keyferry.model.TableName;
import io.keyferry.model.Topics;
import io.keyferry.sandbox.Sandbox;
import io.keyferry.servers.Servers;
import io.keyferry.sink.ProgressReader;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What snapshot and changes do not bring, with all three stages: the sweep finds it, and the accounts add up. */
@Timeout(180)
class SweepCasesIT {

    private static final Duration LONG = Duration.ofSeconds(90);

    private static Sandbox sandbox;

    @BeforeAll
    static void start() {
        sandbox = Servers.sandbox();
    }

    @AfterAll
    static void stop() {
        sandbox.close();
    }

    private static StagesInProcess stages(String name, SnapshotMode mode) throws SQLException {
        Migration.Column ssn = new Migration.Column("ssn", Encoding.BASE64, ContextTemplate.NONE);
        return new StagesInProcess(
                sandbox,
                name.replace('_', '-'),
                mode,
                5_000,
                List.of(new Migration.Table(new TableName("public", name), List.of(ssn))));
    }

    private static void table(String name, int rows) throws SQLException {
        sql(
                "CREATE TABLE " + name + " (id bigint PRIMARY KEY, ssn text, note text)",
                // stored out of line, so that an UPDATE that leaves it alone does not bring it
                "ALTER TABLE " + name + " ALTER COLUMN ssn SET STORAGE EXTERNAL");
        try (Connection connection = sandbox.postgres().connect();
                PreparedStatement insert =
                        connection.prepareStatement("INSERT INTO " + name + " (id, ssn) VALUES (?, ?)")) {
            for (int id = 1; id <= rows; id++) {
                insert.setLong(1, id);
                insert.setString(2, source("value " + id));
                insert.addBatch();
            }
            insert.executeBatch();
        }
    }

    /** A value under the source key that is long enough to be stored out of line. */
    private static String source(String text) {
        byte[] plaintext = text.repeat(250).getBytes(StandardCharsets.UTF_8);
        return Base64.getEncoder()
                .encodeToString(sandbox.kms().provisioning().encrypt(sandbox.sourceKeyArn(), plaintext, Map.of()));
    }

    private static void sql(String... statements) throws SQLException {
        try (Connection connection = sandbox.postgres().connect();
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }

    private static String ask(String query) throws SQLException {
        try (Connection connection = sandbox.postgres().connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(query)) {
            row.next();
            return row.getString(1);
        }
    }

    /** As a subscription's worker would write it; the origin is gone before anybody can notice it. */
    private static void underAForeignOrigin(String update) throws SQLException {
        sql(
                "SELECT pg_replication_origin_create('somebody')",
                "SELECT pg_replication_origin_session_setup('somebody')",
                update,
                "SELECT pg_replication_origin_session_reset()",
                "SELECT pg_replication_origin_drop('somebody')");
    }

    private static Progress.Sweep awaitSweep(StagesInProcess stages, long after) {
        try (ProgressReader progress = progress(stages)) {
            return await().atMost(LONG)
                    .until(
                            () -> {
                                progress.readToEnd();
                                return progress.sweep().orElse(new Progress.Sweep(0, false, Map.of(), 0));
                            },
                            sweep -> sweep.number() > after && sweep.drained());
        }
    }

    private static void awaitSnapshot(StagesInProcess stages) {
        try (ProgressReader progress = progress(stages)) {
            await().atMost(LONG).until(() -> {
                progress.readToEnd();
                return progress.snapshot()
                        .filter(snapshot -> snapshot.complete()
                                || stages.migration().snapshot() == SnapshotMode.SWEEP
                                        && !snapshot.since().isEmpty())
                        .isPresent();
            });
        }
    }

    private static ProgressReader progress(StagesInProcess stages) {
        return new ProgressReader(new Topics(stages.migration().name()).progress(), stages.kafka());
    }

    private static void assertAllIsMovedAndCounted(StagesInProcess stages, String table) throws SQLException {
        try (ProgressReader progress = progress(stages)) {
            await().atMost(LONG).untilAsserted(() -> {
                progress.readToEnd();
                assertThat(progress.counts().values().stream().reduce(Counts.NONE, Counts::plus))
                        .satisfies(counts -> assertThat(counts.balanced()).isTrue());
            });
        }
        assertThat(ask("SELECT count(*) FROM " + table
                        + " WHERE encode(substr(decode(ssn, 'base64'), 6, 32), 'hex') = '" + sourceIdentifier() + "'"))
                .isEqualTo("0");
    }

    private static String sourceIdentifier() {
        byte[] value = Base64.getDecoder().decode(source("any"));
        return HexFormat.of().formatHex(value, 5, 37);
    }

    @Test
    void rowsChangedUnderAForeignOriginOrRestoredAreFound() throws Exception {
        table("foreign_rows", 30);
        String before = ask("SELECT ssn FROM foreign_rows WHERE id = 7");
        try (StagesInProcess stages = stages("foreign_rows", SnapshotMode.SWEEP);
                Stage snapshot = stages.snapshot();
                Stage processor = stages.streamProcessor();
                Stage sink = stages.sink()) {
            Progress.Sweep first = awaitSweep(stages, 0);

            underAForeignOrigin("UPDATE foreign_rows SET ssn = '" + source("written elsewhere") + "' WHERE id = 5");
            underAForeignOrigin("UPDATE foreign_rows SET ssn = '" + before + "' WHERE id = 7");

            awaitSweep(stages, first.number());
            assertAllIsMovedAndCounted(stages, "foreign_rows");
            assertThat(List.of(snapshot, processor, sink))
                    .noneMatch(stage -> stage.ended().isDone());
        }
    }

    @Test
    void changesThatWereTrimmedBeforeTheyWereReadAreFound() throws Exception {
        table("trimmed_rows", 30);
        try (StagesInProcess stages = stages("trimmed_rows", SnapshotMode.INITIAL)) {
            try (Stage snapshot = stages.snapshot()) {
                awaitSnapshot(stages);
                assertThat(snapshot.ended()).isNotDone();
                trim(stages, "trimmed_rows");
            }
            try (Stage snapshot = stages.snapshot();
                    Stage processor = stages.streamProcessor();
                    Stage sink = stages.sink()) {
                awaitSweep(stages, 0);
                assertAllIsMovedAndCounted(stages, "trimmed_rows");
                assertThat(List.of(snapshot, processor, sink))
                        .noneMatch(stage -> stage.ended().isDone());
            }
        }
    }

    @Test
    void valuesOfAChunkThatCameOnlyAsUnchangedAreFound() throws Exception {
        table("chunk_rows", 30);
        try (StagesInProcess stages = stages("chunk_rows", SnapshotMode.INCREMENTAL)) {
            try (Stage snapshot = stages.snapshot()) {
                awaitSnapshot(stages);
                // as if Debezium had dropped the chunk's rows for these changes, which bring no value
                trim(stages, "chunk_rows");
                sql("UPDATE chunk_rows SET note = 'changed'");
                await().atMost(LONG).until(() -> records(stages, "chunk_rows") >= 60);
                assertThat(snapshot.ended()).isNotDone();
            }
            try (Stage snapshot = stages.snapshot();
                    Stage processor = stages.streamProcessor();
                    Stage sink = stages.sink()) {
                awaitSweep(stages, 0);
                assertAllIsMovedAndCounted(stages, "chunk_rows");
                assertThat(List.of(snapshot, processor, sink))
                        .noneMatch(stage -> stage.ended().isDone());
            }
        }
    }

    private static void trim(StagesInProcess stages, String table) throws Exception {
        try (Admin admin = Admin.create(stages.kafka())) {
            Map<TopicPartition, RecordsToDelete> all = new HashMap<>();
            ends(admin, stages, table)
                    .forEach((partition, end) -> all.put(partition, RecordsToDelete.beforeOffset(end)));
            admin.deleteRecords(all).all().get();
        }
    }

    private static long records(StagesInProcess stages, String table) throws Exception {
        try (Admin admin = Admin.create(stages.kafka())) {
            return ends(admin, stages, table).values().stream()
                    .mapToLong(Long::longValue)
                    .sum();
        }
    }

    private static Map<TopicPartition, Long> ends(Admin admin, StagesInProcess stages, String table) throws Exception {
        String topic = new Topics(stages.migration().name()).changes(new TableName("public", table));
        Map<TopicPartition, OffsetSpec> partitions = new HashMap<>();
        for (int partition = 0; partition < Topics.PARTITIONS; partition++) {
            partitions.put(new TopicPartition(topic, partition), OffsetSpec.latest());
        }
        return admin.listOffsets(partitions).all().get().entrySet().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey, entry -> entry.getValue().offset()));
    }
}
