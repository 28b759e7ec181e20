package io.keyferry.stream;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.keyferry.kms.KmsConnection;
import io.keyferry.model.Counter;
import io.keyferry.model.Counts;
import io.keyferry.model.DeadLetter;
import io.keyferry.model.Migration;
import io.keyferry.model.RecordText;
import io.keyferry.model.Topics;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

/** Whatever is on its topics, the stage goes on, and says of what it cannot use where it is. */
@Timeout(120)
class GarbageIT {

    private static final int RECORDS = Integer.getInteger("garbage.records", 600);
    private static final long SEED = Long.getLong("garbage.seed", System.nanoTime());

    private static StreamFixture fixture;
    private final ListAppender<ILoggingEvent> log = new ListAppender<>();

    @BeforeAll
    static void start() {
        fixture = new StreamFixture();
    }

    @AfterAll
    static void stop() {
        fixture.close();
    }

    private void processAll(Migration migration) {
        log.start();
        Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        root.addAppender(log);
        try (KmsConnection kms = fixture.kms();
                StreamProcessorStage stage = fixture.stage(migration, kms)) {
            stage.start();
            fixture.awaitProcessed(migration);
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
    void spoiltRecordsAreDeadLetteredOrProcessedAndEveryGoodOneBetweenThemIsProcessed() throws Exception {
        System.out.println("garbage.seed=" + SEED);
        Migration migration = fixture.migration("garbage", RECORDS);
        Topics topics = new Topics(migration.name());
        Garbage garbage = new Garbage(SEED);
        String secret = fixture.ssn(fixture.sourceKey, 7, "a secret of row 7");
        String good = fixture.changeValue("r", 7, secret, "00");
        List<Future<RecordMetadata>> sent = new ArrayList<>();
        for (int i = 0; i < RECORDS; i++) {
            String topic = i % 3 == 0 ? topics.sweep() : topics.changes(StreamFixture.CUSTOMERS);
            byte[] key = garbage.spoilSometimes("{\"id\":7}");
            sent.add(fixture.send(topic, i % 8, key, garbage.spoil(good)));
            long id = 1000 + i;
            fixture.send(
                    topic,
                    i % 8,
                    ("{\"id\":" + id + "}").getBytes(StandardCharsets.UTF_8),
                    fixture.changeValue("r", id, null, "").getBytes(StandardCharsets.UTF_8));
        }

        Set<String> spoilt = new HashSet<>();
        for (Future<RecordMetadata> record : sent) {
            RecordMetadata at = record.get();
            spoilt.add(at.topic() + ":" + at.partition() + ":" + at.offset());
        }

        processAll(migration);

        Counts ssn = fixture.committedCounts(migration, "ssn");
        assertThat(ssn.get(Counter.EMPTY)).as("the good ones").isGreaterThanOrEqualTo(RECORDS);
        assertThat(ssn.get(Counter.SEEN)).isEqualTo(ssn.get(Counter.FORWARDED) + ssn.settled());
        List<DeadLetter> letters = fixture.deadLetters(migration);
        assertThat(letters).extracting(letter -> letter.from().toString()).doesNotHaveDuplicates();
        assertThat(letters)
                .allSatisfy(letter -> assertThat(spoilt).contains(letter.from().toString()));
        assertThat(letters).hasSizeGreaterThan(RECORDS / 3);
        List<String> told = new ArrayList<>();
        letters.forEach(letter -> letter.columns().values().forEach(column -> told.add(column.message())));
        assertThat(told).noneMatch(message -> message.contains(secret.substring(0, 20)));
        assertNothingLogged(secret.substring(0, 20));
    }

    @Test
    void aValueOfTenMegabytesIsDeadLetteredByALetterThatFits() throws Exception {
        Migration migration = fixture.migration("large", 10);
        String changes = new Topics(migration.name()).changes(StreamFixture.CUSTOMERS);
        fixture.allowRecordsOf(changes, Topics.LARGEST_RECORD);
        String large = "QUJD".repeat((10 << 20) / 4);
        String hex = "0102".repeat((10 << 20) / 2);
        byte[] first = fixture.changeValue("r", 1, large, null).getBytes(StandardCharsets.UTF_8);
        // the broker needs a moment to go by the new setting
        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .ignoreExceptionsInstanceOf(ExecutionException.class)
                .until(() -> fixture.send(changes, 0, "{\"id\":1}".getBytes(StandardCharsets.UTF_8), first)
                        .get()
                        .hasOffset());
        fixture.change(migration, "r", 2, null, hex);
        fixture.change(migration, "r", 3, fixture.ssn(fixture.sourceKey, 3, "fine"), null);
        fixture.localKms.resetCounters();

        processAll(migration);

        assertThat(fixture.localKms.requests("ReEncrypt")).as("row 3's alone").isEqualTo(1);
        assertThat(fixture.journal(migration)).hasSize(1);
        assertThat(fixture.deadLetters(migration))
                .extracting(letter -> letter.key().get("id") + " "
                        + letter.columns().values().iterator().next().value())
                .containsExactlyInAnyOrder(
                        "1 " + RecordText.shortened(large), "2 " + RecordText.shortened("\\x" + hex));
        assertNothingLogged("QUJDQUJD");
    }
}
