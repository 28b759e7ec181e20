package io.keyferry.sink;

import static io.keyferry.sink.Ciphertexts.SOURCE;
import static io.keyferry.sink.Ciphertexts.TARGET;
import static io.keyferry.sink.Rewrites.both;
import static io.keyferry.sink.Rewrites.key;
import static io.keyferry.sink.Rewrites.rewrite;
import static io.keyferry.sink.Rewrites.ssn;
import static io.keyferry.sink.Rewrites.ssns;
import static io.keyferry.sink.SinkFixture.outcomes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.keyferry.model.Counter;
import io.keyferry.model.Counts;
import io.keyferry.model.DeadLetter;
import io.keyferry.model.Encoding;
import io.keyferry.model.KeyFerryException;
import io.keyferry.model.Migration;
import io.keyferry.model.Progress;
import io.keyferry.model.Rewrite;
import io.keyferry.model.TableName;
import io.keyferry.model.Topics;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class SinkAccountsIT {

    private static SinkFixture fixture;

    @BeforeAll
    static void start() {
        fixture = new SinkFixture(null);
    }

    @AfterAll
    static void stop() {
        fixture.close();
    }

    @Test
    void deliveringTheWholeJournalAgainChangesNothing() throws Exception {
        TableName table = fixture.customers("delivered_again", 500);
        Migration migration = fixture.customersMigration("delivered-again", table);
        for (int id = 1; id <= 500; id++) {
            fixture.journal(migration, both(table, id));
        }
        fixture.journal(migration, rewrite(table, key(7), "ssn", TARGET.base64("ssn 7"), TARGET.base64("later 7")));
        fixture.applyAll(migration);
        fixture.sql(
                "UPDATE delivered_again SET ssn = 'newer' WHERE id <= 3", "DELETE FROM delivered_again WHERE id = 4");
        String versions = "SELECT id || ' ' || xmin || ' ' || ctid || ' ' || ssn FROM delivered_again ORDER BY id";
        List<String> before = fixture.texts(versions);

        fixture.rewind(migration);
        fixture.applyAll(migration);

        assertThat(fixture.texts(versions)).isEqualTo(before);
        // three newer ones, one that is gone, and 7's first step would be superseded now; they were counted before
        assertThat(fixture.counts(migration, "ssn")).isEqualTo(outcomes(501, 0));
        assertThat(fixture.counts(migration, "card")).isEqualTo(outcomes(500, 0));
        assertThat(fixture.deadLetters(migration)).isEmpty();
    }

    @Test
    void countsEveryValueOnceWhenStoppedInTheMiddleAndStartedAgain() throws Exception {
        TableName table = fixture.customers("stopped", 20_000);
        Migration migration = fixture.customersMigration("stopped", table);
        fixture.journal(migration, ssns(table, 20_000));

        fixture.whileRunning(
                migration,
                () -> await().atMost(Duration.ofSeconds(30))
                        .pollInterval(Duration.ofMillis(20))
                        .until(() -> fixture.counts(migration, "ssn").settled() > 0));
        assertThat(fixture.counts(migration, "ssn").settled()).isLessThan(20_000);
        fixture.applyAll(migration);

        assertThat(fixture.counts(migration, "ssn")).isEqualTo(outcomes(20_000, 0));
        assertThat(fixture.text("SELECT count(DISTINCT ssn) FROM stopped WHERE ssn LIKE '"
                        + TARGET.base64("").substring(0, 48) + "%'"))
                .isEqualTo("20000");
    }

    @Test
    void countsEveryValueOnceWhenKafkaRefusesTheCommitAfterTheDatabaseHasCommitted() throws Exception {
        TableName table = fixture.customers("fenced", 100);
        Migration migration = fixture.customersMigration("fenced", table);
        fixture.journal(migration, ssns(table, 100));
        try (Connection application = fixture.connect();
                Statement hold = application.createStatement()) {
            application.setAutoCommit(false);
            hold.execute("SELECT FROM fenced FOR UPDATE");

            fixture.whileRunning(migration, () -> {
                await().atMost(Duration.ofSeconds(30))
                        .until(() -> fixture.texts("SELECT 1 FROM pg_stat_activity WHERE application_name ="
                                                + " 'keyferry sink' AND wait_event_type = 'Lock'")
                                        .size()
                                == 1);
                fence(migration);
                application.commit();
                fixture.awaitApplied(migration);
            });
        }

        assertThat(fixture.counts(migration, "ssn")).isEqualTo(outcomes(100, 0));
        assertThat(fixture.text("SELECT count(*) FROM fenced WHERE ctid > '(9,0)'"))
                .isNotEqualTo("0");
    }

    /** What a sink does that takes another one for dead. */
    private static void fence(Migration migration) {
        Map<String, Object> config = new HashMap<>(fixture.kafkaProperties());
        config.put("transactional.id", new Topics(migration.name()).sinkGroup() + "-1");
        try (Producer<byte[], byte[]> other =
                new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer())) {
            other.initTransactions();
        }
    }

    @Test
    void aValueThatIsTooLongOrRejectedIsDeadLetteredAloneAndAllOthersAreWritten() throws Exception {
        TableName table = new TableName("public", "refused");
        Migration migration = fixture.migration(
                "refused", table, column("short"), column("checked"), column("guarded"), column("indexed"));
        fixture.sql(
                "CREATE TABLE refused (id bigint PRIMARY KEY, short varchar(300), checked text CHECK (checked <> 'bad'),"
                        + " guarded text, indexed text)",
                "CREATE INDEX ON refused (indexed)",
                "CREATE FUNCTION guard() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN"
                        + " IF NEW.guarded = 'bad' THEN RAISE EXCEPTION 'no %', NEW.guarded; END IF; RETURN NEW; END$$",
                "CREATE TRIGGER guard BEFORE UPDATE ON refused FOR EACH ROW EXECUTE FUNCTION guard()",
                "INSERT INTO refused SELECT id, 'old', 'old', 'old', 'old' FROM generate_series(1, 40) AS id");
        String incompressible = IntStream.range(0, 400)
                .mapToObj(i -> java.util
                        .UUID
                        .nameUUIDFromBytes(new byte[] {(byte) i, (byte) (i >> 8)})
                        .toString())
                .collect(Collectors.joining());
        for (int id = 1; id <= 40; id++) {
            fixture.journal(
                    migration,
                    rewrite(
                            table,
                            key(id),
                            "short",
                            "old",
                            id == 5 ? "x".repeat(301) : "new",
                            "checked",
                            "old",
                            id == 11 ? "bad" : "new",
                            "guarded",
                            "old",
                            id == 23 || id == 5 ? "bad" : "new",
                            "indexed",
                            "old",
                            id == 30 ? incompressible : "new"));
        }

        fixture.applyAll(migration);

        assertThat(fixture.texts("SELECT id || ' ' || short || ' ' || checked || ' ' || guarded || ' ' || indexed"
                        + " FROM refused WHERE 'old' IN (short, checked, guarded, indexed) ORDER BY id"))
                .containsExactly("5 old new old new", "11 new old new new", "23 new new old new", "30 new new new old");
        Map<String, DeadLetter> letters = new HashMap<>();
        fixture.deadLetters(migration)
                .forEach(letter -> letters.put(letter.key().get("id"), letter));
        assertThat(letters).containsOnlyKeys("5", "11", "23", "30");
        assertThat(letters.get("5").columns()).containsOnlyKeys("short", "guarded");
        assertThat(letters.get("5").columns().get("short").reason()).isEqualTo(DeadLetter.Reason.TOO_LONG);
        assertThat(letters.get("30").columns().get("indexed").reason()).isEqualTo(DeadLetter.Reason.TOO_LONG);
        assertThat(letters.get("11").columns()).containsOnlyKeys("checked");
        assertThat(letters.get("11").columns().get("checked").reason()).isEqualTo(DeadLetter.Reason.REJECTED);
        assertThat(letters.get("11").columns().get("checked").value()).isEqualTo("old");
        assertThat(letters.get("23").columns().get("guarded").message())
                .contains("P0001")
                .doesNotContain("bad");
        assertThat(letters.get("23").from().topic()).isEqualTo("refused.journal");
        assertThat(fixture.counts(migration, "short")).isEqualTo(outcomes(39, 0).with(Counter.DEAD_LETTERED, 1));
        assertThat(fixture.counts(migration, "guarded"))
                .isEqualTo(outcomes(38, 0).with(Counter.DEAD_LETTERED, 2));

        fixture.sql("DROP TRIGGER guard ON refused");
        fixture.rewind(migration);
        fixture.applyAll(migration);

        assertThat(fixture.counts(migration, "guarded")).isEqualTo(outcomes(40, 0));
        assertThat(fixture.counts(migration, "short")).isEqualTo(outcomes(39, 0).with(Counter.DEAD_LETTERED, 1));
        assertThat(fixture.deadLetters(migration)).as("said once").hasSize(4);
    }

    @Test
    void errorsOfTheServerDoNotQuoteTheRow() throws Exception {
        fixture.sql("CREATE TABLE quoted (id bigint PRIMARY KEY, ssn text CHECK (ssn = 'fine'))");

        try (Connection connection = fixture.database().connect("test");
                Statement insert = connection.createStatement()) {
            assertThatThrownBy(() -> insert.execute("INSERT INTO quoted VALUES (1, 'a secret')"))
                    .hasMessageContaining("quoted_ssn_check")
                    .hasMessageNotContaining("secret");
        }
    }

    private static Migration.Column column(String name) {
        return SinkFixture.column(name, Encoding.BASE64);
    }

    @Test
    void moreRefusedValuesThanAllowedHaltTheRunAndAreTriedAgainOnceTheCauseIsGone() throws Exception {
        TableName table = fixture.customers("all_refused", 10);
        Migration migration = fixture.migration("all-refused", 3, table, column("ssn"));
        fixture.sql("ALTER TABLE all_refused ADD CONSTRAINT short CHECK (length(tenant) < 5 AND ssn LIKE '"
                + SOURCE.base64("").substring(0, 48) + "%')");
        fixture.journal(migration, ssns(table, 10));

        try (SinkStage stage = fixture.stage(migration)) {
            stage.start();

            assertThatThrownBy(() -> stage.ended().get(60, TimeUnit.SECONDS))
                    .hasCauseInstanceOf(KeyFerryException.class)
                    .hasMessageContaining("public.all_refused.ssn")
                    .hasMessageContaining("maxDeadLetters");
        }
        fixture.sql("ALTER TABLE all_refused DROP CONSTRAINT short");
        fixture.applyAll(migration);

        Counts counts = fixture.counts(migration, "ssn");
        assertThat(counts.settled()).isEqualTo(10);
        assertThat(counts.get(Counter.DEAD_LETTERED)).isLessThanOrEqualTo(3);
        assertThat(fixture.deadLetters(migration)).hasSize((int) counts.get(Counter.DEAD_LETTERED));
    }

    @Test
    void recordsThatCannotBeReadAreDeadLetteredWithTheirPositionAndTheRestGoesOn() throws Exception {
        TableName table = fixture.customers("unreadable", 2);
        Migration migration = fixture.customersMigration("unreadable", table);
        String journal = new Topics(migration.name()).journal();
        byte[] key = "row".getBytes(StandardCharsets.UTF_8);
        fixture.raw(journal, key, "hello".getBytes(StandardCharsets.UTF_8));
        fixture.journal(migration, ssn(table, 1));
        fixture.raw(journal, key, null);
        fixture.raw(journal, key, "{\"v\":1,\"table\":\"no name\"}".getBytes(StandardCharsets.UTF_8));
        fixture.journal(migration, ssn(table, 2));

        fixture.applyAll(migration);
        fixture.rewind(migration);
        fixture.applyAll(migration);

        assertThat(fixture.counts(migration, "ssn")).isEqualTo(outcomes(2, 0));
        List<DeadLetter> letters = fixture.deadLetters(migration);
        assertThat(letters).hasSize(3).allSatisfy(letter -> {
            assertThat(letter.table()).isNull();
            assertThat(letter.columns().get("").reason()).isEqualTo(DeadLetter.Reason.UNREADABLE);
            assertThat(letter.from().topic()).isEqualTo(journal);
        });
        assertThat(letters).extracting(letter -> letter.from().offset()).doesNotHaveDuplicates();
    }

    @Test
    void aRecordOfANewerVersionEndsTheStageInsteadOfBeingPassedOver() throws Exception {
        TableName table = fixture.customers("newer", 1);
        Migration migration = fixture.customersMigration("newer", table);
        fixture.raw(
                new Topics(migration.name()).journal(),
                "row".getBytes(StandardCharsets.UTF_8),
                "{\"v\":2}".getBytes(StandardCharsets.UTF_8));

        try (SinkStage stage = fixture.stage(migration)) {
            stage.start();

            assertThatThrownBy(() -> stage.ended().get(60, TimeUnit.SECONDS))
                    .hasCauseInstanceOf(KeyFerryException.class)
                    .hasMessageContaining("format version 2");
        }

        assertThat(fixture.deadLetters(migration)).isEmpty();
    }

    @Test
    void moreUnreadableRecordsThanAllowedHaltTheRunAndSayWhere() throws Exception {
        TableName table = fixture.customers("garbage", 1);
        Migration migration = fixture.migration("garbage", 2, table, column("ssn"));
        String journal = new Topics(migration.name()).journal();
        for (int i = 0; i < 3; i++) {
            fixture.raw(journal, "row".getBytes(StandardCharsets.UTF_8), "hello".getBytes(StandardCharsets.UTF_8));
        }

        try (SinkStage stage = fixture.stage(migration)) {
            stage.start();

            assertThatThrownBy(() -> stage.ended().get(60, TimeUnit.SECONDS))
                    .hasCauseInstanceOf(KeyFerryException.class)
                    .hasMessageContaining("garbage.journal:")
                    .hasMessageContaining("maxDeadLetters");
        }
    }

    @Test
    void aRewriteOfAColumnOrTableThatIsNotInTheMigrationIsDeadLetteredAndWrittenByAReplayOnceItIs() throws Exception {
        TableName table = fixture.customers("left_out", 2);
        TableName other = fixture.customers("left_out_too", 2);
        Migration without = fixture.migration("left-out", table, column("ssn"));
        fixture.journal(without, both(table, 1), ssn(other, 1), ssn(table, 2));

        fixture.applyAll(without);

        assertThat(fixture.deadLetters(without))
                .allSatisfy(letter -> assertThat(letter.columns().values())
                        .allMatch(column -> column.reason() == DeadLetter.Reason.NOT_CONFIGURED))
                .extracting(letter -> letter.table() + "" + letter.columns().keySet())
                .containsExactlyInAnyOrder("public.left_out[card]", "public.left_out_too[ssn]");
        assertThat(fixture.counts(without, "ssn")).isEqualTo(outcomes(2, 0));
        Migration with = new Migration(
                without.name(),
                without.database(),
                without.keys(),
                without.kafka(),
                without.snapshot(),
                List.of(
                        new Migration.Table(table, List.of(column("ssn"), SinkFixture.column("card", Encoding.RAW))),
                        new Migration.Table(other, List.of(column("ssn")))),
                Migration.DEFAULT_MAX_DEAD_LETTERS);
        for (int i = 0; i < 2; i++) {
            fixture.rewind(with);
            fixture.applyAll(with);
        }

        assertThat(fixture.text("SELECT encode(card, 'hex') FROM left_out WHERE id = 1"))
                .isEqualTo(TARGET.raw("card 1").substring(2));
        assertThat(fixture.text("SELECT ssn FROM left_out_too WHERE id = 1")).isEqualTo(TARGET.base64("ssn 1"));
        assertThat(fixture.counts(with, "card")).isEqualTo(outcomes(1, 0));
        assertThat(fixture.counts(with, other, "ssn")).isEqualTo(outcomes(1, 0));
        assertThat(fixture.counts(with, "ssn")).isEqualTo(outcomes(2, 0));
        assertThat(fixture.deadLetters(with)).hasSize(2);
    }

    @Test
    void aReplayedRewriteIsWrittenAndNotCounted() throws Exception {
        TableName table = fixture.customers("replayed", 2);
        Migration migration = fixture.customersMigration("replayed", table);
        Rewrite first = both(table, 1);
        fixture.journal(
                migration,
                new Rewrite(
                        table,
                        key(1),
                        Map.of(),
                        first.columns(),
                        List.of(),
                        Set.of("ssn"),
                        first.source(),
                        first.rewrittenAt()));

        fixture.applyAll(migration);

        assertThat(fixture.text("SELECT ssn FROM replayed WHERE id = 1")).isEqualTo(TARGET.base64("ssn 1"));
        assertThat(fixture.counts(migration, "ssn")).isEqualTo(outcomes(0, 0));
        assertThat(fixture.counts(migration, "card")).isEqualTo(outcomes(1, 0));
    }

    @Test
    void partitionsThatMoveBetweenSinksAreCountedOnce() throws Exception {
        TableName table = fixture.customers("moved", 8000);
        Migration migration = fixture.customersMigration("moved", table);
        fixture.journal(migration, ssns(table, 8000));

        try (SinkStage second = fixture.stage(migration)) {
            SinkStage first = fixture.stage(migration);
            first.start();
            await().atMost(Duration.ofSeconds(30))
                    .pollInterval(Duration.ofMillis(20))
                    .until(() -> fixture.counts(migration, "ssn").settled() > 0);
            second.start();
            // once while both run, and once more when the first has gone
            fixture.awaitMembers(migration, 2);
            fixture.journal(migration, ssns(table, 8000));
            first.close();
            fixture.awaitApplied(migration);
        }
        fixture.rewind(migration);
        fixture.applyAll(migration);

        assertThat(fixture.counts(migration, "ssn")).isEqualTo(outcomes(16_000, 0));
    }

    @Test
    void garbageOnTheProgressAndDeadLetterTopicsIsPassedOverUnlessItTookThePlaceOfOurs() throws Exception {
        TableName table = fixture.customers("foreign_records", 2);
        Migration migration = fixture.customersMigration("foreign-records", table);
        Topics topics = new Topics(migration.name());
        byte[] garbage = "hello".getBytes(StandardCharsets.UTF_8);
        for (String topic : List.of(topics.progress(), topics.deadLetters())) {
            fixture.raw(topic, garbage, garbage);
            fixture.raw(topic, garbage, null);
        }
        fixture.raw(topics.deadLetters(), null, garbage);
        fixture.journal(migration, ssns(table, 2));
        fixture.applyAll(migration);
        assertThat(fixture.counts(migration, "ssn")).isEqualTo(outcomes(2, 0));

        byte[] ours = new Progress.Counted("sink", 3, topics.journal(), 7).key();
        fixture.raw(topics.progress(), ours, garbage);
        try (SinkStage stage = fixture.stage(migration)) {
            stage.start();

            assertThatThrownBy(() -> stage.ended().get(60, TimeUnit.SECONDS))
                    .hasCauseInstanceOf(KeyFerryException.class)
                    .hasMessageContaining(topics.progress())
                    .hasMessageContaining("\"part\":3");
        }
    }
}
