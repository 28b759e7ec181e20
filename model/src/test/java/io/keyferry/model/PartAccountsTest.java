package io.keyferry.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PartAccountsTest {

    private static final TableName TABLE = new TableName("public", "customers");
    private static final String TOPIC = "changes";

    private PartAccounts accounts = new PartAccounts("stream-processor", 3, true);

    private PartAccounts.Noted record(long offset, Counter outcome, String settings) {
        PartAccounts.Noted noted = accounts.note(TOPIC, offset, TABLE, "ssn", outcome, settings);
        accounts.done(TOPIC, offset);
        return noted;
    }

    /** What another instance has after it read what this one committed. */
    private void restart(List<Progress> committed) {
        PartAccounts next = new PartAccounts("stream-processor", 3, true);
        committed.stream()
                .filter(record -> record.value() != null)
                .map(record -> Progress.read(record.key(), record.value()))
                .forEach(next::load);
        accounts = next;
    }

    private static Counts counts(Counter outcome, long count) {
        return Counts.NONE.with(Counter.SEEN, count).with(outcome, count);
    }

    @Test
    void countsWhatIsReadAgainOnceAlsoAfterARestart() {
        assertThat(record(7, Counter.FORWARDED, "").counted()).isTrue();
        assertThat(record(9, Counter.FORWARDED, "").counted()).isTrue();

        assertThat(record(7, Counter.FORWARDED, "").counted()).isFalse();
        restart(accounts.changed());
        assertThat(record(9, Counter.ALREADY_TARGET, "").counted()).isFalse();
        assertThat(record(10, Counter.FORWARDED, "").counted()).isTrue();

        assertThat(accounts.of(TABLE, "ssn")).isEqualTo(counts(Counter.FORWARDED, 3));
    }

    @Test
    void anotherTopicOfTheSamePartIsCountedByItself() {
        record(7, Counter.FORWARDED, "");

        assertThat(accounts.note("sweep", 0, TABLE, "ssn", Counter.FORWARDED, "")
                        .counted())
                .isTrue();
    }

    @Test
    void aDeadLetteredValueThatIsMovedWhenReadAgainChangesItsOutcomeOnce() {
        record(0, Counter.DEAD_LETTERED, "old settings");
        restart(accounts.changed());

        assertThat(record(0, Counter.FORWARDED, "").counted()).isTrue();
        List<Progress> committed = accounts.changed();
        assertThat(committed).anySatisfy(record -> {
            assertThat(record).isInstanceOf(Progress.DeadLettered.class);
            assertThat(record.value()).as("no longer dead-lettered").isNull();
        });
        List<Progress> all = new ArrayList<>(committed);
        all.add(new Progress.Counted("stream-processor", 3, TOPIC, 1));
        restart(all);
        assertThat(record(0, Counter.FORWARDED, "").counted()).isFalse();

        assertThat(accounts.of(TABLE, "ssn")).isEqualTo(counts(Counter.FORWARDED, 1));
    }

    @Test
    void aValueThatIsDeadLetteredAgainIsNewsUnderOtherSettingsOnly() {
        assertThat(record(0, Counter.DEAD_LETTERED, "one").news()).isTrue();

        assertThat(record(0, Counter.DEAD_LETTERED, "one").news()).isFalse();
        assertThat(record(0, Counter.DEAD_LETTERED, "two").news()).isTrue();
        restart(accounts.changed());
        assertThat(record(0, Counter.DEAD_LETTERED, "two").news()).isFalse();

        assertThat(accounts.of(TABLE, "ssn")).isEqualTo(counts(Counter.DEAD_LETTERED, 1));
    }

    @Test
    void aRecordThatCouldNotBeReadIsNewsOnceAndNoValue() {
        assertThat(accounts.note(TOPIC, 0, null, "", Counter.DEAD_LETTERED, "").news())
                .isTrue();
        accounts.done(TOPIC, 0);

        assertThat(accounts.note(TOPIC, 0, null, "", Counter.DEAD_LETTERED, "").news())
                .isFalse();
        assertThat(accounts.counts()).isEmpty();
    }

    @Test
    void leavesTheRecordsOfOtherPartsAndStagesAlone() {
        restart(List.of(
                new Progress.Counted("stream-processor", 4, TOPIC, 100),
                new Progress.Counted("sink", 3, TOPIC, 100),
                new Progress.ColumnCounts("sink", 3, TABLE, "ssn", counts(Counter.REWRITTEN, 5))));

        assertThat(record(0, Counter.EMPTY, "").counted()).isTrue();
        assertThat(accounts.of(TABLE, "ssn")).isEqualTo(counts(Counter.EMPTY, 1));
    }
}
