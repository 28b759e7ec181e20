package io.keyferry.sink;

import static io.keyferry.sink.Ciphertexts.SOURCE;
import static io.keyferry.sink.Ciphertexts.TARGET;
import static io.keyferry.sink.Rewrites.both;
import static io.keyferry.sink.Rewrites.rewrite;
import static io.keyferry.sink.Rewrites.ssn;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.keyferry.model.Counter;
import io.keyferry.model.DeadLetter;
import io.keyferry.model.Encoding;
import io.keyferry.model.JournalFormat;
import io.keyferry.model.Migration;
import io.keyferry.model.Progress;
import io.keyferry.model.RecordText;
import io.keyferry.model.TableName;
import io.keyferry.model.Topics;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

/** Whatever is on the journal, the sink goes on, and says of what it cannot use where it is. */
@Timeout(120)
class GarbageIT {

    private static final int RECORDS = Integer.getInteger("garbage.records", 600);
    private static final long SEED = Long.getLong("garbage.seed", System.nanoTime());

    private static SinkFixture fixture;
    private final ListAppender<ILoggingEvent> log = new ListAppender<>();

    @BeforeAll
    static void start() {
        fixture = new SinkFixture(null);
    }

    @AfterAll
    static void stop() {
        fixture.close();
    }

    private void whileLogging(SinkFixture.Work work) throws Exception {
        log.start();
        Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        root.addAppender(log);
        try {
            work.run();
        } finally {
            root.detachAppender(log);
        }
    }

    private void assertNothingLogged(String value) {
        assertThat(log.list)
                .noneMatch(event -> event.getFormattedMessage().contains(value)
                        || event.getThrowableProxy() != null
                                && String.valueOf(event.getThrowableProxy().getMessage())
                                        .contains(value));
    }

    @Test
    void spoiltRecordsAreDeadLetteredOrAppliedAndEveryGoodOneBetweenThemIsApplied() throws Exception {
        System.out.println("garbage.seed=" + SEED);
        TableName table = fixture.customers("spoilt", RECORDS + 1);
        Migration migration = fixture.migration(
                "spoilt",
                RECORDS,
                table,
                SinkFixture.column("ssn", Encoding.BASE64),
                SinkFixture.column("card", Encoding.RAW));
        String journal = new Topics(migration.name()).journal();
        Garbage garbage = new Garbage(SEED);
        String victim = new String(JournalFormat.write(both(table, RECORDS + 1)), StandardCharsets.UTF_8);
        for (int id = 1; id <= RECORDS; id++) {
            byte[] value = garbage.spoil(victim);
            // a record of a newer version ends the stage, as another test says
            while (value != null
                    && new String(value, StandardCharsets.UTF_8)
                            .matches("(?s).*\"v\"\\s*:\\s*[2-9\\d]{2,}.*|(?s).*\"v\":[2-9].*")) {
                value = garbage.spoil(victim);
            }
            fixture.raw(journal, garbage.spoilSometimes("{\"id\":7}"), value);
            fixture.journal(migration, ssn(table, id));
        }

        whileLogging(() -> fixture.applyAll(migration));

        assertThat(fixture.text("SELECT count(*) FROM spoilt WHERE id <= " + RECORDS + " AND ssn LIKE '"
                        + TARGET.base64("").substring(0, 48) + "%'"))
                .isEqualTo(String.valueOf(RECORDS));
        List<DeadLetter> letters = fixture.deadLetters(migration);
        // a record that is spoilt in two places may have a letter for each of its columns
        assertThat(letters)
                .flatExtracting(letter -> letter.columns().keySet().stream()
                        .map(column -> letter.from() + " " + column)
                        .toList())
                .doesNotHaveDuplicates();
        assertThat(letters).hasSizeGreaterThan(RECORDS / 3);
        assertThat(letters)
                .allSatisfy(letter -> assertThat(letter.from().topic()).isEqualTo(journal))
                .allSatisfy(letter -> assertThat(letter.columns().values())
                        .noneMatch(column ->
                                column.message().contains(SOURCE.base64("").substring(0, 48))));
        assertThat(fixture.counts(migration, "ssn").get(Counter.REWRITTEN)).isGreaterThanOrEqualTo(RECORDS);
        assertNothingLogged(SOURCE.base64("").substring(0, 48));
        assertNothingLogged(TARGET.base64("").substring(0, 48));
    }

    @Test
    void aValueOfMegabytesIsFedInOnceAndKnownAgainByItsShortDeadLetter() throws Exception {
        TableName table = fixture.customers("large", 0);
        Migration migration = fixture.customersMigration("large", table);
        Topics topics = new Topics(migration.name());
        byte[] large = new byte[2 << 20];
        try (Connection connection = fixture.connect();
                PreparedStatement insert = connection.prepareStatement("INSERT INTO large (id, card) VALUES (1, ?)")) {
            insert.setBytes(1, large);
            insert.executeUpdate();
        }
        String stored = fixture.text("SELECT card FROM large");
        String settings = migration.settings(migration.tables().get(0).columns().get(1));

        try (SimulatedPipeline pipeline = new SimulatedPipeline(
                fixture,
                migration,
                fed -> fed.forEach(record -> {
                    assertThat(record.value()).hasSizeGreaterThan(4 << 20);
                    DeadLetter letter = new DeadLetter(
                            table,
                            Rewrites.key(1),
                            Map.of(),
                            Map.of(
                                    "card",
                                    new DeadLetter.Column(stored, DeadLetter.Reason.NOT_CIPHERTEXT, "long", settings)),
                            rewrite(table, Rewrites.key(1)).source(),
                            new DeadLetter.Position(record.topic(), record.partition(), record.offset()),
                            Instant.now());
                    fixture.raw(topics.deadLetters(), null, JournalFormat.write(letter));
                }))) {
            pipeline.start();
            fixture.progress(migration, new Progress.Snapshot(true, Map.of()));
            fixture.whileRunning(
                    migration,
                    () -> Awaitility.await()
                            .atMost(Duration.ofSeconds(90))
                            .untilAsserted(() -> assertThat(fixture.sweep(migration))
                                    .hasValueSatisfying(sweep -> assertThat(sweep.onlyDeadLettersRemain())
                                            .isTrue())));
        }

        assertThat(fixture.records(topics.sweep())).as("fed in once").hasSize(1);
        assertThat(fixture.deadLetters(migration).get(0).columns().get("card").value())
                .isEqualTo(RecordText.shortened(stored));
    }
}
