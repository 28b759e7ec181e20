package io.keyferry.sink;

import static io.keyferry.sink.Ciphertexts.SOURCE;
import static io.keyferry.sink.Ciphertexts.TARGET;
import static io.keyferry.sink.Ciphertexts.UNKNOWN_LAYOUT;
import static io.keyferry.sink.Rewrites.key;
import static io.keyferry.sink.SinkFixture.column;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.keyferry.model.Counter;
import io.keyferry.model.DeadLetter;
import io.keyferry.model.Encoding;
import io.keyferry.model.JournalFormat;
import io.keyferry.model.Migration;
import io.keyferry.model.Progress;
import io.keyferry.model.Rewrite;
import io.keyferry.model.TableName;
import io.keyferry.model.Topics;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class SweepIT {

    private static final ObjectMapper JSON = new ObjectMapper();

    private static SinkFixture fixture;

    @BeforeAll
    static void start() {
        fixture = new SinkFixture(null);
    }

    @AfterAll
    static void stop() {
        fixture.close();
    }

    private static void snapshotIsComplete(Migration migration) {
        fixture.progress(
                migration,
                new Progress.Snapshot(true, Map.of()),
                new Progress.LearntKey(SOURCE.identifier(), Rewrites.SOURCE_KEY, false),
                new Progress.LearntKey(TARGET.identifier(), Rewrites.TARGET_KEY, true));
    }

    private static Progress.Sweep sweep(Migration migration) {
        try (ProgressReader progress =
                new ProgressReader(new Topics(migration.name()).progress(), fixture.kafkaProperties())) {
            progress.readToEnd();
            return progress.sweep().orElse(new Progress.Sweep(0, false, Map.of(), 0));
        }
    }

    private static Progress.Sweep awaitSweep(Migration migration, Predicate<Progress.Sweep> that) {
        return await().atMost(Duration.ofSeconds(40)).until(() -> sweep(migration), that);
    }

    private static List<ConsumerRecord<byte[], byte[]>> fed(Migration migration) {
        return fixture.records(new Topics(migration.name()).sweep());
    }

    private static JsonNode json(byte[] text) throws Exception {
        return JSON.readTree(text);
    }

    private static JsonNode json(String text) throws Exception {
        return JSON.readTree(text);
    }

    private static void rewrite(Migration migration, List<ConsumerRecord<byte[], byte[]>> records) throws Exception {
        FedRows.rewrite(fixture, migration, records);
    }

    private static void deadLetter(Migration migration, List<ConsumerRecord<byte[], byte[]>> records) throws Exception {
        TableName table = migration.tables().get(0).name();
        for (ConsumerRecord<byte[], byte[]> record : records) {
            Map<String, String> key = key(json(record.key()).get("id").asLong());
            String stored = json(record.value()).get("after").get("ssn").asText();
            DeadLetter letter = new DeadLetter(
                    table,
                    key,
                    Map.of(),
                    Map.of("ssn", new DeadLetter.Column(stored, DeadLetter.Reason.WRONG_CONTEXT, "refused", "")),
                    new Rewrite.Source(0, null, Instant.now(), true),
                    new DeadLetter.Position(record.topic(), record.partition(), record.offset()),
                    Instant.now());
            fixture.raw(
                    new Topics(migration.name()).deadLetters(),
                    JournalFormat.key(table, key),
                    JournalFormat.write(letter));
        }
        // acknowledged before the offsets are committed
        fixture.journal(migration);
    }

    @Test
    void feedsInWhatIsUnderASourceKeyAsChangesWithTheNeededColumnsOnly() throws Exception {
        TableName table = fixture.customers("shape", 4);
        Migration migration = fixture.migration(
                "shape", table, column("ssn", Encoding.BASE64, "id", "tenant", "active"), column("card", Encoding.RAW));
        fixture.sql(
                "ALTER TABLE shape ADD active boolean DEFAULT true, ADD note text DEFAULT 'private'",
                "UPDATE shape SET ssn = '" + TARGET.base64("done") + "', card = NULL WHERE id = 1",
                "UPDATE shape SET card = '" + TARGET.raw("done") + "' WHERE id = 2",
                "UPDATE shape SET ssn = '', card = '" + SOURCE.raw("card") + "' WHERE id = 3",
                "UPDATE shape SET ssn = NULL, card = '\\x' WHERE id = 4");
        snapshotIsComplete(migration);

        try (SimulatedPipeline pipeline = new SimulatedPipeline(fixture, migration, fed -> {})) {
            pipeline.start();
            fixture.whileRunning(migration, () -> awaitSweep(migration, found -> found.number() >= 2));
        }

        Map<Long, JsonNode> first = new HashMap<>();
        for (ConsumerRecord<byte[], byte[]> record : fed(migration)) {
            first.putIfAbsent(json(record.key()).get("id").asLong(), json(record.value()));
        }
        assertThat(first).containsOnlyKeys(2L, 3L);
        JsonNode event = first.get(2L);
        assertThat(event.get("op").asText()).isEqualTo("r");
        assertThat(event.get("source").get("schema").asText()).isEqualTo("public");
        assertThat(event.get("source").get("table").asText()).isEqualTo("shape");
        assertThat(event.get("source").get("snapshot").asText()).isEqualTo("incremental");
        assertThat(event.get("after"))
                .isEqualTo(json("{\"id\":\"2\",\"active\":true,\"tenant\":\"acme\",\"ssn\":\"" + SOURCE.base64("ssn 2")
                        + "\"}"));
        assertThat(first.get(3L).get("after").get("card").asText())
                .isEqualTo(SOURCE.raw("card").substring(2));
        assertThat(first.get(3L).get("after").has("ssn")).isFalse();
        Progress.Sweep found = sweep(migration);
        assertThat(found.remaining()).isEqualTo(Map.of("public.shape.ssn", 1L, "public.shape.card", 1L));
        assertThat(found.caughtUp()).isFalse();
    }

    @Test
    void drainsOnceWhatItFedInHasBeenMoved() throws Exception {
        TableName table = fixture.customers("drains", 2500);
        Migration migration = fixture.customersMigration("drains", table);
        fixture.sql("UPDATE drains SET ssn = '" + TARGET.base64("done") + "' WHERE id % 2 = 0");
        snapshotIsComplete(migration);
        List<Progress.Sweep> seen = new ArrayList<>();

        try (SimulatedPipeline pipeline = new SimulatedPipeline(fixture, migration, fed -> rewrite(migration, fed))) {
            pipeline.start();
            fixture.whileRunning(
                    migration,
                    () -> awaitSweep(migration, found -> {
                        seen.add(found);
                        return found.drained();
                    }));
        }

        assertThat(fixture.text("SELECT count(*) FROM drains WHERE encode(card, 'hex') LIKE '0102%"
                        + TARGET.identifier() + "%'"))
                .isEqualTo("2500");
        assertThat(fed(migration)).hasSize(2500);
        assertThat(fixture.counts(migration, "ssn").get(Counter.REWRITTEN)).isEqualTo(1250);
        assertThat(seen).extracting(Progress.Sweep::number).isSorted();
        assertThat(seen.get(seen.size() - 1).number()).isGreaterThan(1);
    }

    @Test
    void deadLettersRemainAndAreNotFedInAgain() throws Exception {
        TableName table = fixture.customers("dead", 3);
        Migration migration = fixture.migration("dead", table, column("ssn", Encoding.BASE64));
        fixture.sql("UPDATE dead SET ssn = 'no ciphertext' WHERE id = 2");
        snapshotIsComplete(migration);

        try (SimulatedPipeline pipeline =
                new SimulatedPipeline(fixture, migration, fed -> deadLetter(migration, fed))) {
            pipeline.start();
            fixture.whileRunning(migration, () -> {
                Progress.Sweep found = awaitSweep(migration, Progress.Sweep::onlyDeadLettersRemain);
                assertThat(found.remaining()).isEqualTo(Map.of("public.dead.ssn", 3L));
                assertThat(found.drained()).isFalse();
                assertThat(fed(migration)).hasSize(3);

                // a new value of a dead row is fed in again
                fixture.sql("UPDATE dead SET ssn = '" + SOURCE.base64("corrected") + "' WHERE id = 2");
            });
            fixture.whileRunning(
                    migration,
                    () -> await().atMost(Duration.ofSeconds(30))
                            .untilAsserted(() -> assertThat(fed(migration)).hasSize(4)));
        }
    }

    @Test
    void deadLettersOfOtherSettingsAreFedInAgain() throws Exception {
        TableName table = fixture.customers("corrected", 2);
        Migration wrong = fixture.migration("corrected", table, column("ssn", Encoding.BASE64, "tenant"));
        Migration right = new Migration(
                wrong.name(),
                wrong.database(),
                wrong.keys(),
                wrong.kafka(),
                wrong.snapshot(),
                List.of(new Migration.Table(table, List.of(column("ssn", Encoding.BASE64)))),
                wrong.maxDeadLetters());
        snapshotIsComplete(right);
        for (long id = 1; id <= 2; id++) {
            String stored = fixture.text("SELECT ssn FROM corrected WHERE id = " + id);
            String settings = wrong.settings(wrong.tables().get(0).columns().get(0));
            DeadLetter letter = new DeadLetter(
                    table,
                    key(id),
                    Map.of(),
                    Map.of("ssn", new DeadLetter.Column(stored, DeadLetter.Reason.WRONG_CONTEXT, "refused", settings)),
                    new Rewrite.Source(0, null, Instant.now(), true),
                    new DeadLetter.Position("corrected.public.corrected", 0, id),
                    Instant.now());
            fixture.raw(
                    new Topics(right.name()).deadLetters(),
                    JournalFormat.key(table, key(id)),
                    JournalFormat.write(letter));
        }

        try (SimulatedPipeline pipeline = new SimulatedPipeline(fixture, right, fed -> rewrite(right, fed))) {
            pipeline.start();
            fixture.whileRunning(right, () -> awaitSweep(right, Progress.Sweep::drained));
        }

        assertThat(fed(right)).hasSize(2);
    }

    @Test
    void theTargetKeyOfAnEarlierFileIsNotTakenForTheTargetKey() throws Exception {
        TableName table = fixture.customers("retargeted", 2);
        Migration before = fixture.migration("retargeted", table, column("ssn", Encoding.BASE64));
        String mistaken = before.keys().target();
        Migration after = new Migration(
                before.name(),
                before.database(),
                new Migration.Keys(
                        before.keys().region(),
                        List.of(mistaken),
                        mistaken + "0",
                        List.of(),
                        before.keys().maxRequestsPerSecond()),
                before.kafka(),
                before.snapshot(),
                before.tables(),
                before.maxDeadLetters());
        fixture.sql("UPDATE retargeted SET ssn = '" + TARGET.base64("under the mistaken key") + "'");
        snapshotIsComplete(after);

        try (SimulatedPipeline pipeline = new SimulatedPipeline(fixture, after, fed -> {})) {
            pipeline.start();
            fixture.whileRunning(
                    after,
                    () -> assertThat(awaitSweep(after, sweep -> sweep.number() > 0)
                                    .remaining())
                            .isEqualTo(Map.of("public.retargeted.ssn", 2L)));
        }
    }

    @Test
    void aValueThatKmsFindsUnderTheTargetKeyButWhoseHeaderTellsNothingIsFedInOnce() throws Exception {
        TableName table = fixture.customers("unknown", 0);
        Migration migration = fixture.migration("unknown", table, column("ssn", Encoding.BASE64));
        fixture.sql("INSERT INTO unknown (id, ssn) VALUES (1, '" + UNKNOWN_LAYOUT.base64("done") + "')");
        snapshotIsComplete(migration);

        try (SimulatedPipeline pipeline = new SimulatedPipeline(fixture, migration, fed -> {})) {
            pipeline.start();
            fixture.whileRunning(migration, () -> awaitSweep(migration, Progress.Sweep::drained));
        }

        assertThat(fed(migration)).hasSize(1);
    }

    @Test
    void aDeadLetterBehindSomebodysOpenTransactionIsNotTakenForAValueUnderTheTargetKey() throws Exception {
        TableName table = fixture.customers("behind", 0);
        Migration migration = fixture.migration("behind", table, column("ssn", Encoding.BASE64));
        fixture.sql("INSERT INTO behind (id, ssn) VALUES (1, '" + UNKNOWN_LAYOUT.base64("foreign") + "')");
        snapshotIsComplete(migration);
        List<Producer<byte[], byte[]>> open = new CopyOnWriteArrayList<>();

        try (SimulatedPipeline pipeline = new SimulatedPipeline(fixture, migration, fed -> {
            open.add(openTransaction(new Topics(migration.name()).deadLetters(), JournalFormat.write(unreadable())));
            deadLetter(migration, fed);
        })) {
            pipeline.start();
            fixture.whileRunning(migration, () -> {
                await().atMost(Duration.ofSeconds(30)).until(() -> !open.isEmpty());
                await().during(Duration.ofSeconds(3))
                        .atMost(Duration.ofSeconds(8))
                        .until(() -> !sweep(migration).drained());
                open.get(0).commitTransaction();
                awaitSweep(migration, Progress.Sweep::onlyDeadLettersRemain);
            });
        } finally {
            open.forEach(Producer::close);
        }

        assertThat(fed(migration)).hasSize(1);
    }

    private static DeadLetter unreadable() {
        return new DeadLetter(
                null,
                Map.of(),
                Map.of(),
                Map.of("", new DeadLetter.Column(null, DeadLetter.Reason.UNREADABLE, "not JSON", "")),
                new Rewrite.Source(0, null, Instant.now(), false),
                new DeadLetter.Position("topic", 0, 0),
                Instant.now());
    }

    private static Producer<byte[], byte[]> openTransaction(String topic, byte[] value) throws Exception {
        Map<String, Object> config = new HashMap<>(fixture.kafkaProperties());
        config.put("transactional.id", "somebody");
        Producer<byte[], byte[]> producer =
                new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
        producer.initTransactions();
        producer.beginTransaction();
        producer.send(new ProducerRecord<>(topic, 0, null, value)).get(30, TimeUnit.SECONDS);
        return producer;
    }

    @Test
    void aSweepDuringWhichAnUndoPutsValuesBackBehindItSaysNothing() throws Exception {
        TableName table = fixture.customers("undone", 0);
        Migration migration = fixture.migration("undone", table, column("ssn", Encoding.BASE64));
        fixture.sql("INSERT INTO undone (id, ssn) VALUES (1, '" + TARGET.base64("moved") + "'), (2, '"
                + SOURCE.base64("ssn 2") + "')");
        snapshotIsComplete(migration);
        AtomicBoolean undone = new AtomicBoolean();

        try (SimulatedPipeline pipeline = new SimulatedPipeline(fixture, migration, fed -> {
            if (undone.compareAndSet(false, true)) {
                fixture.progress(migration, new Progress.Undone(Instant.now()));
                fixture.sql("UPDATE undone SET ssn = '" + SOURCE.base64("ssn 1") + "' WHERE id = 1");
            }
            rewrite(migration, fed);
        })) {
            pipeline.start();
            fixture.whileRunning(migration, () -> awaitSweep(migration, Progress.Sweep::drained));
        }

        // one found row 1, one found nothing: the one before them, which had passed row 1 already, is not among them
        assertThat(sweep(migration).number()).isEqualTo(2);
    }

    @Test
    void whatWasAbortedOnTheSweepTopicDoesNotHoldTheSweepUp() throws Exception {
        TableName table = fixture.customers("aborted", 0);
        Migration migration = fixture.customersMigration("aborted", table);
        snapshotIsComplete(migration);
        try (Producer<byte[], byte[]> producer =
                openTransaction(new Topics(migration.name()).sweep(), "aborted".getBytes(StandardCharsets.UTF_8))) {
            producer.abortTransaction();
        }

        try (SimulatedPipeline pipeline = new SimulatedPipeline(fixture, migration, fed -> {})) {
            pipeline.start();
            fixture.whileRunning(migration, () -> awaitSweep(migration, Progress.Sweep::drained));
        }
    }

    @Test
    void aRowWhoseValueAChangeLeftOutIsReadAgainAndFedIn() throws Exception {
        TableName table = fixture.customers("left_out_value", 2);
        Migration migration = fixture.customersMigration("left-out-value", table);
        Rewrite of = Rewrites.rewrite(table, key(1), "ssn", SOURCE.base64("ssn 1"), TARGET.base64("ssn 1"));
        fixture.journal(
                migration,
                new Rewrite(table, key(1), Map.of(), of.columns(), List.of("card"), of.source(), Instant.now()),
                new Rewrite(table, key(9), Map.of(), Map.of(), List.of("card"), of.source(), Instant.now()));

        fixture.applyAll(migration);

        assertThat(fed(migration))
                .singleElement()
                .satisfies(record -> assertThat(json(record.value()).get("after"))
                        .isEqualTo(json("{\"id\":\"1\",\"card\":\""
                                + SOURCE.raw("card 1").substring(2) + "\"}")));
        assertThat(fixture.counts(migration, "card")).isEqualTo(SinkFixture.outcomes(0, 0));
    }
}
