package io.keyferry.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.keyferry.kms.KmsConnection;
import io.keyferry.model.ContextTemplate;
import io.keyferry.model.Counter;
import io.keyferry.model.Counts;
import io.keyferry.model.DeadLetter;
import io.keyferry.model.Encoding;
import io.keyferry.model.Migration;
import io.keyferry.model.Rewrite;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Changes that are read again, because the group's offsets were set back. */
@Timeout(120)
class ReplayIT {

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

    /** Runs the stage, in so many instances, until all changes have been processed. */
    private static void processAll(Migration migration, int instances) {
        try (KmsConnection kms = fixture.kms()) {
            List<StreamProcessorStage> stages = new ArrayList<>();
            for (int i = 0; i < instances; i++) {
                StreamProcessorStage stage = fixture.stage(migration, kms);
                stages.add(stage);
                stage.start();
            }
            fixture.awaitProcessed(migration);
            stages.forEach(StreamProcessorStage::close);
        }
    }

    private static Counts counts(Counter outcome, long count) {
        return Counts.NONE.with(Counter.SEEN, count).with(outcome, count);
    }

    @Test
    void changesReadAgainAreRewrittenAgainAndCountedOnce() throws Exception {
        Migration migration = fixture.migration("replayed", MANY);
        for (long id = 1; id <= 50; id++) {
            fixture.change(migration, "r", id, fixture.ssn(fixture.sourceKey, id, "ssn " + id), null);
        }
        fixture.change(migration, "r", 51, "not base64!", null);
        fixture.raw(migration, "{\"id\":1}", "hello");
        processAll(migration, 1);
        Counts ssn = counts(Counter.FORWARDED, 50).plus(counts(Counter.DEAD_LETTERED, 1));
        assertThat(fixture.committedCounts(migration, "ssn")).isEqualTo(ssn);

        fixture.rewind(migration);
        fixture.change(migration, "r", 52, fixture.ssn(fixture.sourceKey, 52, "new"), null);
        processAll(migration, 2);

        assertThat(fixture.committedCounts(migration, "ssn")).isEqualTo(ssn.plus(counts(Counter.FORWARDED, 1)));
        assertThat(fixture.committedCounts(migration, "card")).isEqualTo(counts(Counter.EMPTY, 52));
        List<Rewrite> journal = fixture.journal(migration);
        assertThat(journal).hasSize(101);
        assertThat(journal).filteredOn(rewrite -> rewrite.replayed().isEmpty()).hasSize(51);
        assertThat(journal)
                .filteredOn(rewrite -> rewrite.replayed().equals(Set.of("ssn")))
                .hasSize(50);
        assertThat(fixture.deadLetters(migration)).as("said once").hasSize(2);
    }

    @Test
    void aReplayWithACorrectedConfigurationChangesTheOutcomeOfWhatItMoves() throws Exception {
        Migration wrong = fixture.migration("corrected", MANY);
        byte[] withoutTenant = fixture.encrypt(fixture.sourceKey, "moved", Map.of("customer_id", "1"));
        fixture.change(wrong, "r", 1, Base64.getEncoder().encodeToString(withoutTenant), null);
        fixture.change(wrong, "r", 2, fixture.ssn(fixture.foreignKey, 2, "foreign"), null);
        processAll(wrong, 1);
        assertThat(fixture.committedCounts(wrong, "ssn")).isEqualTo(counts(Counter.DEAD_LETTERED, 2));
        Migration.Column ssn = new Migration.Column(
                "ssn", Encoding.BASE64, ContextTemplate.parse(new LinkedHashMap<>(Map.of("customer_id", "{id}"))));
        Migration corrected = new Migration(
                wrong.name(),
                wrong.database(),
                wrong.keys(),
                wrong.kafka(),
                wrong.snapshot(),
                List.of(new Migration.Table(StreamFixture.CUSTOMERS, List.of(ssn))),
                MANY);

        for (int i = 0; i < 2; i++) {
            fixture.rewind(corrected);
            processAll(corrected, 1);
        }

        assertThat(fixture.committedCounts(corrected, "ssn"))
                .isEqualTo(counts(Counter.FORWARDED, 1).plus(counts(Counter.DEAD_LETTERED, 1)));
        // the sink counts the value by the first rewrite it gets
        assertThat(fixture.journal(corrected)).extracting(Rewrite::replayed).containsExactly(Set.of(), Set.of("ssn"));
        List<DeadLetter> letters = fixture.deadLetters(corrected);
        assertThat(letters)
                .extracting(letter -> letter.key().get("id"))
                .as("2 again, because it failed under other settings, and once only")
                .containsExactlyInAnyOrder("1", "2", "2");
    }

    @Test
    void partitionsThatMoveBetweenInstancesAreCountedOnce() throws Exception {
        Migration migration = fixture.migration("moved", MANY);
        for (long id = 1; id <= 1500; id++) {
            fixture.change(migration, "r", id, fixture.ssn(fixture.sourceKey, id, "ssn " + id), null);
        }
        fixture.localKms.quota(1000);

        try (KmsConnection firstKms = fixture.kms();
                KmsConnection secondKms = fixture.kms();
                StreamProcessorStage second = fixture.stage(migration, secondKms)) {
            StreamProcessorStage first = fixture.stage(migration, firstKms);
            first.start();
            awaitSeen(migration, 100);
            second.start();
            awaitSeen(migration, 700);
            first.close();
            fixture.awaitProcessed(migration);
        } finally {
            fixture.localKms.quota(Double.POSITIVE_INFINITY);
        }

        assertThat(fixture.committedCounts(migration, "ssn")).isEqualTo(counts(Counter.FORWARDED, 1500));
        assertThat(fixture.journal(migration))
                .allMatch(rewrite -> rewrite.replayed().isEmpty())
                .extracting(rewrite -> rewrite.key().get("id"))
                .doesNotHaveDuplicates()
                .hasSize(1500);
    }

    private static void awaitSeen(Migration migration, long seen) {
        await().atMost(Duration.ofSeconds(60))
                .until(() -> fixture.counts(migration, "ssn").get(Counter.SEEN) >= seen);
    }
}
