package io.keyferry.stream;

import static io.keyferry.stream.StreamFixture.ssnContext;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.keyferry.kms.KmsConnection;
import io.keyferry.model.Counter;
import io.keyferry.model.DeadLetter;
import io.keyferry.model.KeyFerryException;
import io.keyferry.model.Migration;
import io.keyferry.model.Rewrite;
import io.keyferry.model.Topics;
import io.keyferry.sandbox.kms.Fault;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class StreamProcessorIT {

    private static final long MANY = 1000;

    private static StreamFixture fixture;

    @BeforeAll
    static void start() {
        fixture = new StreamFixture();
    }

    @AfterAll
    static void stop() {
        fixture.close();
    }

    @BeforeEach
    void clearKms() {
        fixture.localKms.faults().clear();
        fixture.localKms.latency(Duration.ZERO, Duration.ZERO);
        fixture.localKms.quota(Double.POSITIVE_INFINITY);
    }

    private interface Work {
        void run() throws Exception;
    }

    private void whileRunning(Migration migration, Work work) throws Exception {
        try (KmsConnection kms = fixture.kms();
                StreamProcessorStage stage = fixture.stage(migration, kms)) {
            stage.start();
            work.run();
        }
    }

    private static void awaitSeen(Migration migration, String column, long seen) {
        await().atMost(Duration.ofSeconds(60))
                .untilAsserted(
                        () -> assertThat(fixture.counts(migration, column).get(Counter.SEEN))
                                .isEqualTo(seen));
    }

    @Test
    void reEncryptsBothColumnsOfARowIntoOneRewriteThatDecryptsUnderTheTargetKey() throws Exception {
        Migration migration = fixture.migration("both-columns", MANY);
        String ssn = fixture.ssn(fixture.sourceKey, 1, "078-05-1120");
        String card = HexFormat.of().formatHex(fixture.encrypt(fixture.otherSourceKey, "4111", Map.of()));
        fixture.change(migration, "r", 1, ssn, card);

        whileRunning(migration, () -> awaitSeen(migration, "card", 1));

        Rewrite rewrite = fixture.journal(migration).get(0);
        assertThat(rewrite.key()).isEqualTo(Map.of("id", "1"));
        assertThat(rewrite.context()).isEqualTo(Map.of("id", "1", "tenant", "acme"));
        assertThat(rewrite.source().lsn()).isEqualTo(7);
        assertThat(rewrite.source().committedAt()).hasToString("2026-01-02T02:04:06.678901Z");
        Rewrite.Column newSsn = rewrite.columns().get("ssn");
        assertThat(newSsn.oldValue()).isEqualTo(ssn);
        assertThat(fixture.decrypt(fixture.targetKey, Base64.getDecoder().decode(newSsn.newValue()), ssnContext(1)))
                .isEqualTo("078-05-1120");
        Rewrite.Column newCard = rewrite.columns().get("card");
        assertThat(newCard.oldValue()).isEqualTo("\\x" + card);
        assertThat(newCard.sourceKey()).isEqualTo(fixture.otherSourceKey);
        assertThat(fixture.decrypt(
                        fixture.targetKey,
                        HexFormat.of().parseHex(newCard.newValue().substring(2)),
                        Map.of()))
                .isEqualTo("4111");
    }

    @Test
    void theEchoOfAWriteBackCostsNoKmsRequest() throws Exception {
        Migration migration = fixture.migration("echo", MANY);
        fixture.change(migration, "r", 1, fixture.ssn(fixture.sourceKey, 1, "first"), null);

        whileRunning(migration, () -> {
            awaitSeen(migration, "ssn", 1);
            long requests = fixture.localKms.requests("ReEncrypt");
            String echo = fixture.journal(migration).get(0).columns().get("ssn").newValue();
            fixture.change(migration, "u", 1, echo, null);
            awaitSeen(migration, "ssn", 2);

            assertThat(fixture.localKms.requests("ReEncrypt")).isEqualTo(requests);
            assertThat(fixture.counts(migration, "ssn").get(Counter.ALREADY_TARGET))
                    .isEqualTo(1);
            assertThat(fixture.journal(migration)).hasSize(1);
        });
    }

    @Test
    void aValueCostsOneKmsRequestOnceItsKeyIsKnownAndNullAndEmptyCostNone() throws Exception {
        Migration migration = fixture.migration("one-request", MANY);
        for (long id = 1; id <= 300; id++) {
            fixture.change(
                    migration, "r", id, fixture.ssn(fixture.sourceKey, id, "ssn " + id), id % 2 == 0 ? "" : null);
        }
        fixture.localKms.resetCounters();

        whileRunning(migration, () -> awaitSeen(migration, "ssn", 300));

        assertThat(fixture.localKms.requests("ReEncrypt")).isEqualTo(300);
        assertThat(fixture.counts(migration, "card").get(Counter.EMPTY)).isEqualTo(300);
        assertThat(fixture.journal(migration)).hasSize(300);
    }

    @Test
    void aValueThatIsVerifiedCostsThreeRequestsAndOneThatBecameAnotherIsDeadLettered() throws Exception {
        Migration migration = fixture.verifying("verified");
        fixture.change(migration, "r", 0, fixture.ssn(fixture.targetKey, 0, "done"), null);
        for (long id = 1; id <= 20; id++) {
            fixture.change(migration, "r", id, fixture.ssn(fixture.sourceKey, id, "ssn " + id), null);
        }
        fixture.localKms.resetCounters();
        whileRunning(migration, () -> awaitSeen(migration, "ssn", 21));
        long requests = fixture.localKms.requests("ReEncrypt", "Success");
        long decrypted = fixture.localKms.requests("Decrypt");

        String other = fixture.ssn(fixture.targetKey, 21, "another");
        fixture.localKms.faults().next(1, "ReEncrypt", Fault.wrongField("CiphertextBlob", other));
        fixture.change(migration, "r", 21, fixture.ssn(fixture.sourceKey, 21, "twenty-one"), null);
        whileRunning(migration, () -> awaitSeen(migration, "ssn", 22));
        fixture.localKms.faults().clear();

        assertThat(requests).as("and perhaps one for the value that is done").isBetween(20L, 21L);
        assertThat(decrypted).isEqualTo(40);
        assertThat(fixture.journal(migration))
                .extracting(rewrite -> rewrite.key().get("id"))
                .hasSize(20)
                .doesNotContain("0", "21");
        DeadLetter letter = fixture.deadLetters(migration).get(0);
        assertThat(letter.key()).isEqualTo(Map.of("id", "21"));
        assertThat(letter.columns().get("ssn").reason()).isEqualTo(DeadLetter.Reason.VERIFICATION_FAILED);
        assertThat(letter.columns().get("ssn").message()).doesNotContain("twenty-one", other);
        assertThat(fixture.deadLetters(migration)).hasSize(1);
    }

    @Test
    void anUnchangedToastValueIsLeftAloneAndNotCounted() throws Exception {
        Migration migration = fixture.migration("toast", MANY);
        fixture.change(migration, "u", 1, EventText.UNCHANGED, EventText.UNCHANGED);
        fixture.change(migration, "u", 1, EventText.UNCHANGED, null);
        fixture.localKms.resetCounters();

        whileRunning(migration, () -> awaitSeen(migration, "card", 1));

        assertThat(fixture.localKms.requests()).isZero();
        assertThat(fixture.counts(migration, "ssn").get(Counter.SEEN)).isZero();
        assertThat(fixture.journal(migration)).isEmpty();
        assertThat(fixture.deadLetters(migration)).isEmpty();
    }

    @Test
    void aRowThatIsNewUnderItsKeyWithoutItsValueIsToBeReadAgain() throws Exception {
        Migration migration = fixture.migration("primary-key-change", MANY);
        fixture.change(migration, "c", 2, EventText.UNCHANGED, null);

        whileRunning(migration, () -> awaitSeen(migration, "card", 1));

        assertThat(fixture.journal(migration)).singleElement().satisfies(rewrite -> {
            assertThat(rewrite.readAgain()).containsExactly("ssn");
            assertThat(rewrite.columns()).isEmpty();
        });
    }

    @Test
    void aWrongEncryptionContextIsDeadLetteredAndTheRestGoesOn() throws Exception {
        Migration migration = fixture.migration("wrong-context", MANY);
        String ofAnotherRow = fixture.ssn(fixture.sourceKey, 99, "moved by hand");
        fixture.change(migration, "r", 1, fixture.ssn(fixture.sourceKey, 1, "one"), null);
        fixture.change(migration, "r", 2, ofAnotherRow, null);
        fixture.change(migration, "r", 3, fixture.ssn(fixture.sourceKey, 3, "three"), null);

        whileRunning(migration, () -> awaitSeen(migration, "ssn", 3));

        assertThat(fixture.journal(migration))
                .extracting(rewrite -> rewrite.key().get("id"))
                .containsExactlyInAnyOrder("1", "3");
        DeadLetter letter = fixture.deadLetters(migration).get(0);
        assertThat(letter.key()).isEqualTo(Map.of("id", "2"));
        assertThat(letter.from().topic()).isEqualTo("wrong-context.public.customers");
        assertThat(letter.columns().get("ssn").reason()).isEqualTo(DeadLetter.Reason.WRONG_CONTEXT);
        assertThat(letter.columns().get("ssn").value()).isEqualTo(ofAnotherRow);
        assertThat(letter.columns().get("ssn").message())
                .contains("customer_id")
                .doesNotContain(ofAnotherRow);
        assertThat(fixture.counts(migration, "ssn").get(Counter.DEAD_LETTERED)).isEqualTo(1);
    }

    @Test
    void tellsValuesOfAForeignKeyAndValuesThatAreNoCiphertextApart() throws Exception {
        Migration migration = fixture.migration("reasons", MANY);
        fixture.change(migration, "r", 1, fixture.ssn(fixture.foreignKey, 1, "foreign"), null);
        fixture.change(migration, "r", 2, "not base64!", null);
        fixture.change(migration, "r", 3, Base64.getEncoder().encodeToString(new byte[100]), null);

        whileRunning(migration, () -> awaitSeen(migration, "ssn", 3));

        Map<String, DeadLetter.Reason> reasons = fixture.deadLetters(migration).stream()
                .collect(Collectors.toMap(
                        letter -> letter.key().get("id"),
                        letter -> letter.columns().get("ssn").reason()));
        assertThat(reasons)
                .isEqualTo(Map.of(
                        "1", DeadLetter.Reason.UNKNOWN_KEY,
                        "2", DeadLetter.Reason.NOT_CIPHERTEXT,
                        "3", DeadLetter.Reason.NOT_CIPHERTEXT));
    }

    @Test
    void aRecordThatIsNoChangeIsDeadLetteredWithItsOffset() throws Exception {
        Migration migration = fixture.migration("garbage", MANY);
        fixture.raw(migration, "{\"id\":1}", "hello");
        fixture.raw(
                migration, "{\"id\":1}", "{\"op\":\"u\",\"after\":{},\"source\":{\"schema\":\"x\",\"table\":\"y\"}}");
        fixture.change(migration, "r", 1, fixture.ssn(fixture.sourceKey, 1, "fine"), null);

        whileRunning(migration, () -> awaitSeen(migration, "ssn", 1));

        List<DeadLetter> letters = fixture.deadLetters(migration);
        assertThat(letters).extracting(letter -> letter.from().offset()).containsExactly(0L, 1L);
        assertThat(letters)
                .allSatisfy(letter ->
                        assertThat(letter.columns().get("").reason()).isEqualTo(DeadLetter.Reason.UNREADABLE));
        assertThat(fixture.journal(migration)).hasSize(1);
    }

    @Test
    void callsAreStartedOnArrivalSoThatLatencyIsPaidOnceABatch() throws Exception {
        Migration migration = fixture.migration("on-arrival", MANY);
        for (long id = 1; id <= 1000; id++) {
            fixture.change(migration, "r", id, fixture.ssn(fixture.sourceKey, id, "ssn " + id), null);
        }
        fixture.localKms.latency(Duration.ofMillis(50), Duration.ofMillis(50));
        long begun = System.nanoTime();

        whileRunning(migration, () -> awaitSeen(migration, "ssn", 1000));

        // one at a time would take 50 s
        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(25));
        assertThat(fixture.journal(migration)).hasSize(1000);
    }

    @Test
    void throttlingSlowsAndLosesNothing() throws Exception {
        Migration migration = fixture.migration("throttled", MANY);
        for (long id = 1; id <= 200; id++) {
            fixture.change(migration, "r", id, fixture.ssn(fixture.sourceKey, id, "ssn " + id), null);
        }
        fixture.localKms.resetCounters();
        // far fewer than the calls that are made at once, on a slow machine too
        fixture.localKms.quota(50);

        whileRunning(migration, () -> awaitSeen(migration, "ssn", 200));

        assertThat(fixture.localKms.requests("ReEncrypt", "ThrottlingException"))
                .isPositive();
        assertThat(fixture.journal(migration))
                .extracting(rewrite -> rewrite.key().get("id"))
                .doesNotHaveDuplicates()
                .hasSize(200);
        assertThat(fixture.deadLetters(migration)).isEmpty();
    }

    @Test
    void aProducerCommitsNothingMoreOnceATransactionOfItWasAborted() {
        Map<String, Object> config = new HashMap<>(fixture.kafkaProperties());
        config.put("transactional.id", "cautious");
        try (CautiousProducer producer = new CautiousProducer(config)) {
            producer.initTransactions();
            producer.beginTransaction();
            producer.commitTransaction();
            producer.beginTransaction();
            producer.abortTransaction();

            assertThatThrownBy(producer::beginTransaction).isInstanceOf(ProducerFencedException.class);
            assertThatThrownBy(producer::commitTransaction).isInstanceOf(ProducerFencedException.class);
        }
    }

    @Test
    void aDisabledSourceKeyHaltsWithAMessageThatNamesItAndNothingIsLost() throws Exception {
        Migration migration = fixture.migration("disabled-key", MANY);
        fixture.change(migration, "r", 1, fixture.ssn(fixture.sourceKey, 1, "kept"), null);
        fixture.client.disableKey(request -> request.keyId(fixture.sourceKey)).join();

        try (KmsConnection kms = fixture.kms();
                StreamProcessorStage stage = fixture.stage(migration, kms)) {
            stage.start();
            assertThatThrownBy(() -> stage.ended().get(60, TimeUnit.SECONDS))
                    .hasCauseInstanceOf(KeyFerryException.class)
                    .hasMessageContaining(fixture.sourceKey)
                    .hasMessageContaining("disabled");
        } finally {
            fixture.client
                    .enableKey(request -> request.keyId(fixture.sourceKey))
                    .join();
        }
        whileRunning(migration, () -> awaitSeen(migration, "ssn", 1));

        assertThat(fixture.deadLetters(migration)).isEmpty();
        assertThat(fixture.journal(migration)).hasSize(1);
    }

    @Test
    void moreDeadLettersThanAllowedHaltTheRun() throws Exception {
        Migration migration = fixture.migration("too-many", 2);
        for (long id = 1; id <= 3; id++) {
            fixture.change(migration, "r", id, "not base64!", null);
        }

        try (KmsConnection kms = fixture.kms();
                StreamProcessorStage stage = fixture.stage(migration, kms)) {
            stage.start();

            assertThatThrownBy(() -> stage.ended().get(60, TimeUnit.SECONDS))
                    .hasCauseInstanceOf(KeyFerryException.class)
                    .hasMessageContaining("public.customers.ssn")
                    .hasMessageContaining("maxDeadLetters");
        }
    }

    /** What is sent is looked at only as the transaction is committed, which it must not be then. */
    @Test
    void aRewriteTooLargeForTheJournalHaltsTheStageAndNothingIsLost() throws Exception {
        Migration migration = fixture.migration("too-large", MANY);
        String journal = new Topics(migration.name()).journal();
        fixture.allowRecordsOf(journal, 300);
        fixture.change(migration, "r", 1, fixture.ssn(fixture.sourceKey, 1, "078-05-1120"), null);
        try (KmsConnection kms = fixture.kms();
                StreamProcessorStage stage = fixture.stage(migration, kms)) {
            stage.start();
            assertThatThrownBy(() -> stage.ended().get(60, TimeUnit.SECONDS))
                    .hasRootCauseInstanceOf(RecordTooLargeException.class)
                    .cause()
                    .isInstanceOf(KeyFerryException.class)
                    .hasMessageContaining("Kafka refuses the stream-processor");
        }
        assertThat(fixture.committedCounts(migration, "ssn").get(Counter.SEEN)).isZero();

        fixture.allowRecordsOf(journal, 100_000);
        whileRunning(migration, () -> awaitSeen(migration, "ssn", 1));
        assertThat(fixture.journal(migration)).hasSize(1);
        assertThat(fixture.counts(migration, "ssn").get(Counter.FORWARDED)).isEqualTo(1);
    }

    @Test
    void aStageThatIsStoppedInTheMiddleAndStartedAgainCountsEveryValueOnce() throws Exception {
        Migration migration = fixture.migration("restarted", MANY, 50);
        for (long id = 1; id <= 1000; id++) {
            fixture.change(migration, "r", id, fixture.ssn(fixture.sourceKey, id, "ssn " + id), null);
        }
        // Twenty seconds' worth at this rate, however slow this thread is to look. The migration has the same rate,
        // because its batches follow it: of a large one, whose calls wait for each other, nothing is committed until
        // nearly all of it is done.
        try (KmsConnection slow = fixture.kms(50);
                StreamProcessorStage stage = fixture.stage(migration, slow)) {
            stage.start();
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> fixture.counts(migration, "ssn").get(Counter.SEEN) > 100);
        }
        assertThat(fixture.counts(migration, "ssn").get(Counter.SEEN)).isLessThan(1000);
        whileRunning(migration, () -> awaitSeen(migration, "ssn", 1000));

        assertThat(fixture.counts(migration, "ssn").get(Counter.FORWARDED)).isEqualTo(1000);
        assertThat(fixture.journal(migration))
                .extracting(rewrite -> rewrite.key().get("id"))
                .doesNotHaveDuplicates()
                .hasSize(1000);
    }
}
