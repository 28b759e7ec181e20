package io.keyferry.sink;

import static io.keyferry.sink.Ciphertexts.SOURCE;
import static io.keyferry.sink.Ciphertexts.TARGET;
import static io.keyferry.sink.SinkFixture.column;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.keyferry.model.Changes;
import io.keyferry.model.Encoding;
import io.keyferry.model.Migration;
import io.keyferry.model.Progress;
import io.keyferry.model.SnapshotMode;
import io.keyferry.model.TableName;
import io.keyferry.model.TableReading;
import io.keyferry.model.Topics;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class FirstReadingIT {

    private static final Instant SINCE = Instant.parse("2026-01-02T03:04:05.678Z");
    private static final Migration.Column SSN = column("ssn", Encoding.BASE64);
    private static final Migration.Column CARD = column("card", Encoding.RAW);

    private static SinkFixture fixture;

    @BeforeAll
    static void start() {
        fixture = new SinkFixture(null);
    }

    @AfterAll
    static void stop() {
        fixture.close();
    }

    private static Migration migration(String name, Migration.Table... tables) {
        return fixture.migration(name, SnapshotMode.SWEEP, 1000, List.of(tables));
    }

    /** The same migration with other tables, as a later migration.yaml would have them. */
    private static Migration later(Migration migration, Migration.Table... tables) {
        return new Migration(
                migration.name(),
                migration.database(),
                migration.keys(),
                migration.kafka(),
                migration.snapshot(),
                List.of(tables),
                migration.maxDeadLetters());
    }

    /** As the snapshot stage tells it once the slot exists. */
    private static void streamedSince(Migration migration, Instant since) {
        Map<TableName, Instant> times = new HashMap<>();
        migration.tables().forEach(table -> times.put(table.name(), since));
        fixture.progress(
                migration,
                new Progress.Snapshot(false, Map.of(), times),
                new Progress.LearntKey(SOURCE.identifier(), Rewrites.SOURCE_KEY, false),
                new Progress.LearntKey(TARGET.identifier(), Rewrites.TARGET_KEY, true));
    }

    private static List<TableReading> told(Migration migration, TableName table) {
        return fixture.records(new Topics(migration.name()).progress()).stream()
                .map(record -> Progress.read(record.key(), record.value()))
                .filter(TableReading.class::isInstance)
                .map(TableReading.class::cast)
                .filter(reading -> reading.table().equals(table))
                .toList();
    }

    private static Optional<TableReading> reading(Migration migration, TableName table) {
        List<TableReading> told = told(migration, table);
        return told.isEmpty() ? Optional.empty() : Optional.of(told.get(told.size() - 1));
    }

    private static List<String> fed(Migration migration) {
        return fixture.records(new Topics(migration.name()).sweep()).stream()
                .map(record -> new String(record.key(), StandardCharsets.UTF_8))
                .toList();
    }

    private static void awaitDrained(Migration migration) {
        try (ProgressReader progress =
                new ProgressReader(new Topics(migration.name()).progress(), fixture.kafkaProperties())) {
            await().atMost(Duration.ofSeconds(60)).until(() -> {
                progress.readToEnd();
                return progress.sweep().filter(Progress.Sweep::drained).isPresent();
            });
        }
    }

    private static void migrate(Migration migration) throws Exception {
        try (SimulatedPipeline pipeline =
                new SimulatedPipeline(fixture, migration, fed -> FedRows.rewrite(fixture, migration, fed))) {
            pipeline.start();
            fixture.whileRunning(migration, () -> awaitDrained(migration));
        }
    }

    @Test
    void readsOnceTheSlotOfAConnectorOfTheUsersOwnIsThereAndWaitsForThatSlot() throws Exception {
        TableName table = fixture.customers("theirs", 10);
        Migration own = migration("theirs", new Migration.Table(table, List.of(SSN)));
        Migration migration = new Migration(
                own.name(),
                own.database(),
                own.keys(),
                own.kafka(),
                own.snapshot(),
                own.tables(),
                own.maxDeadLetters(),
                Migration.Http.DEFAULT,
                Optional.of(new Changes("theirs", "their_slot", Changes.Format.JSON, Optional.empty(), Map.of())));
        fixture.progress(
                migration,
                new Progress.LearntKey(SOURCE.identifier(), Rewrites.SOURCE_KEY, false),
                new Progress.LearntKey(TARGET.identifier(), Rewrites.TARGET_KEY, true));
        StreamedSlot slot = StreamedSlot.of(migration);

        fixture.whileRunning(migration, () -> {
            await().during(Duration.ofSeconds(1))
                    .atMost(Duration.ofSeconds(10))
                    .until(() -> fed(migration).isEmpty());
            try (Connection connection = fixture.connect()) {
                assertThat(slot.waitingFor(connection, "0/1"))
                        .contains("their_slot")
                        .contains("there is no such slot");
            }
            try (SimulatedPipeline pipeline =
                            new SimulatedPipeline(fixture, migration, fed -> FedRows.rewrite(fixture, migration, fed));
                    Connection connection = fixture.connect()) {
                assertThat(slot.waitingFor(connection, "FFFFFF/1")).contains("does the connector run?");
                pipeline.start();
                awaitDrained(migration);
            }
        });

        assertThat(fed(migration)).hasSize(10).doesNotHaveDuplicates();
        assertThat(reading(migration, table))
                .hasValueSatisfying(reading -> assertThat(reading.complete()).isTrue());
    }

    @Test
    void doesNotReadBeforeTheChangesAreStreamed() throws Exception {
        TableName table = fixture.customers("early", 10);
        Migration migration = migration("early", new Migration.Table(table, List.of(SSN)));

        try (SimulatedPipeline pipeline =
                new SimulatedPipeline(fixture, migration, fed -> FedRows.rewrite(fixture, migration, fed))) {
            pipeline.start();
            fixture.whileRunning(migration, () -> {
                await().during(Duration.ofSeconds(2))
                        .atMost(Duration.ofSeconds(10))
                        .until(() -> fed(migration).isEmpty());
                streamedSince(migration, SINCE);
                awaitDrained(migration);
            });
        }

        assertThat(fed(migration)).hasSize(10).doesNotHaveDuplicates();
        assertThat(reading(migration, table)).hasValueSatisfying(reading -> {
            assertThat(reading.complete()).isTrue();
            assertThat(reading.rows()).isEqualTo(10);
            assertThat(reading.columns()).containsOnlyKeys("ssn");
        });
    }

    @Test
    void keepsTheBacklogBoundedAndGoesOnAtItsChunkInAnotherInstance() throws Exception {
        TableName table = fixture.customers("chunks", 5500);
        Migration migration = migration("chunks", new Migration.Table(table, List.of(SSN, CARD)));
        streamedSince(migration, SINCE);
        CountDownLatch working = new CountDownLatch(1);

        try (SimulatedPipeline pipeline = new SimulatedPipeline(fixture, migration, fed -> {
            working.await();
            FedRows.rewrite(fixture, migration, fed);
        })) {
            pipeline.start();
            // nothing comes out: the window stays at its least, which is one chunk
            fixture.whileRunning(migration, () -> {
                await().atMost(Duration.ofSeconds(30))
                        .until(() -> reading(migration, table)
                                .filter(reading -> reading.rows() == FirstReading.CHUNK)
                                .isPresent());
                await().during(Duration.ofSeconds(2))
                        .atMost(Duration.ofSeconds(10))
                        .until(() -> fed(migration).size() == FeedingWindow.LEAST);
            });
            assertThat(reading(migration, table))
                    .hasValueSatisfying(reading -> assertThat(reading.after()).isEqualTo(Map.of("id", "1000")));
            working.countDown();
            fixture.whileRunning(migration, () -> awaitDrained(migration));
        }

        // none of the first chunk a second time
        assertThat(fed(migration)).hasSize(5500).doesNotHaveDuplicates();
        assertThat(reading(migration, table))
                .hasValueSatisfying(reading -> assertThat(reading.rows()).isEqualTo(5500));
        assertThat(fixture.text("SELECT count(*) FROM chunks WHERE encode(card, 'hex') LIKE '0102%"
                        + TARGET.identifier() + "%'"))
                .isEqualTo("5500");
    }

    @Test
    void readsATableThatIsAddedAndNoOtherAgain() throws Exception {
        TableName first = fixture.customers("first_table", 1200);
        TableName added = fixture.customers("added_table", 30);
        TableName empty = fixture.customers("empty_table", 0);
        Migration.Table[] before = {new Migration.Table(first, List.of(SSN))};
        Migration.Table[] after = {
            before[0], new Migration.Table(added, List.of(SSN)), new Migration.Table(empty, List.of(SSN))
        };
        Migration all = migration("added-table", after);
        Migration one = later(all, before);
        streamedSince(one, SINCE);
        migrate(one);
        List<TableReading> told = told(one, first);

        Map<TableName, Instant> times = new HashMap<>();
        Arrays.stream(after).forEach(table -> times.put(table.name(), SINCE.plusSeconds(60)));
        times.put(first, SINCE);
        fixture.progress(all, new Progress.Snapshot(false, Map.of(), times));
        try (SimulatedPipeline pipeline =
                new SimulatedPipeline(fixture, all, fed -> FedRows.rewrite(fixture, all, fed))) {
            pipeline.start();
            fixture.whileRunning(
                    all,
                    () -> await().atMost(Duration.ofSeconds(60))
                            .until(() -> fed(all).size() == 1230
                                    && reading(all, empty)
                                            .filter(TableReading::complete)
                                            .isPresent()));
        }

        assertThat(told(all, first)).isEqualTo(told);
        assertThat(reading(all, added)).hasValueSatisfying(reading -> {
            assertThat(reading.rows()).isEqualTo(30);
            assertThat(reading.complete()).isTrue();
        });
        assertThat(reading(all, empty)).hasValueSatisfying(reading -> {
            assertThat(reading.rows()).isZero();
            assertThat(reading.complete()).isTrue();
        });
        assertThat(fed(all)).hasSize(1230);
    }

    @Test
    void readsATableAgainForAColumnThatIsAddedAndFeedsInWhatIsOpenOnly() throws Exception {
        TableName table = fixture.customers("added_column", 40);
        TableName other = fixture.customers("other_table", 5);
        Migration both = migration(
                "added-column",
                new Migration.Table(table, List.of(SSN, CARD)),
                new Migration.Table(other, List.of(SSN)));
        Migration one = later(both, new Migration.Table(table, List.of(SSN)), new Migration.Table(other, List.of(SSN)));
        streamedSince(one, SINCE);
        migrate(one);
        List<TableReading> toldOfOther = told(one, other);

        try (SimulatedPipeline pipeline =
                new SimulatedPipeline(fixture, both, fed -> FedRows.rewrite(fixture, both, fed))) {
            pipeline.start();
            fixture.whileRunning(
                    both,
                    () -> await().atMost(Duration.ofSeconds(60))
                            .until(() -> fixture.text("SELECT count(*) FROM added_column WHERE encode(card, 'hex') LIKE"
                                            + " '0102%" + TARGET.identifier() + "%'")
                                    .equals("40")));
        }

        assertThat(told(both, other)).isEqualTo(toldOfOther);
        assertThat(reading(both, table))
                .hasValueSatisfying(reading -> assertThat(reading.columns()).containsOnlyKeys("ssn", "card"));
        Map<Boolean, List<String>> values = new ArrayList<>(fixture.records(new Topics(both.name()).sweep()))
                .stream()
                        .map(ConsumerRecord::value)
                        .map(value -> new String(value, StandardCharsets.UTF_8))
                        .collect(Collectors.partitioningBy(value -> value.contains("\"card\"")));
        assertThat(values.get(true)).hasSize(40).noneMatch(value -> value.contains("\"ssn\""));
        assertThat(values.get(false)).hasSize(45);
    }

    @Test
    void readsAgainWhereChangesWereMissed() throws Exception {
        TableName table = fixture.customers("missed", 20);
        Migration migration = migration("missed", new Migration.Table(table, List.of(SSN)));
        streamedSince(migration, SINCE);
        migrate(migration);
        fixture.sql("UPDATE missed SET ssn = '" + SOURCE.base64("written while nobody listened") + "' WHERE id = 7");

        streamedSince(migration, SINCE.plusSeconds(60));
        try (SimulatedPipeline pipeline =
                new SimulatedPipeline(fixture, migration, fed -> FedRows.rewrite(fixture, migration, fed))) {
            pipeline.start();
            fixture.whileRunning(
                    migration,
                    () -> await().atMost(Duration.ofSeconds(60))
                            .until(() -> fixture.text("SELECT ssn FROM missed WHERE id = 7")
                                    .equals(TARGET.base64("swept 7"))));
        }

        assertThat(reading(migration, table)).hasValueSatisfying(reading -> {
            assertThat(reading.since()).isEqualTo(SINCE.plusSeconds(60));
            assertThat(reading.rows()).isEqualTo(20);
        });
        assertThat(fed(migration)).hasSize(21);
    }
}
