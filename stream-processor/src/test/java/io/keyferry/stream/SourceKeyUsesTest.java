package io.keyferry.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.keyferry.model.Progress;
import io.keyferry.model.SourceKeyUse;
import io.keyferry.model.TableName;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SourceKeyUsesTest {

    private static final TableName CUSTOMERS = TableName.parse("public.customers");
    private static final Instant SECOND = Instant.parse("2026-01-02T03:04:05Z");

    private final SourceKeyUses uses = new SourceKeyUses(3);

    private static SourceKeyUse use(Instant seen, Instant written) {
        return new SourceKeyUse(Map.of("arn:old", new SourceKeyUse.Times(seen, Optional.ofNullable(written))));
    }

    private void note(Instant seen, Instant written) {
        uses.note(CUSTOMERS, "card", "arn:old", seen, written);
    }

    private static List<Progress.SourceKey> records(SourceKeyUse use) {
        return List.of(new Progress.SourceKey(3, CUSTOMERS, "card", use));
    }

    @Test
    void isNeverEarlyAndSeldomRecorded() {
        note(SECOND.plusMillis(100), null);
        assertThat(uses.changed()).isEqualTo(records(use(SECOND.plusSeconds(1), null)));

        note(SECOND.plusMillis(900), null);
        assertThat(uses.changed()).as("covered").isEmpty();

        note(SECOND.plusMillis(950), SECOND.plusMillis(300));
        assertThat(uses.changed()).isEqualTo(records(use(SECOND.plusSeconds(1), SECOND.plusSeconds(1))));
    }

    @Test
    void isExactAMomentLater() {
        note(SECOND.plusMillis(100), SECOND.plusMillis(50));
        note(SECOND.plusMillis(900), SECOND.plusMillis(20));
        uses.changed();

        assertThat(uses.corrected()).isEqualTo(records(use(SECOND.plusMillis(900), SECOND.plusMillis(50))));
        assertThat(uses.corrected()).as("told already").isEmpty();

        note(SECOND.plusMillis(950), null);
        assertThat(uses.changed())
                .as("later than what is recorded now")
                .isEqualTo(records(use(SECOND.plusSeconds(1), SECOND.plusSeconds(1))));
    }

    @Test
    void goesOnFromWhatWasCommitted() {
        uses.load(new Progress.SourceKey(4, CUSTOMERS, "card", use(SECOND.plusSeconds(60), null)));
        uses.load(new Progress.SourceKey(3, CUSTOMERS, "card", use(SECOND, SECOND)));

        note(SECOND.minusSeconds(5), SECOND.minusSeconds(5));

        assertThat(uses.changed()).isEmpty();
        assertThat(uses.all()).isEqualTo(records(use(SECOND, SECOND)));
    }

    @Test
    void isReadBackAsItWasWritten() {
        Progress.SourceKey record = new Progress.SourceKey(
                3,
                CUSTOMERS,
                "card",
                new SourceKeyUse(Map.of(
                        "arn:old",
                        new SourceKeyUse.Times(SECOND.plusMillis(1), Optional.empty()),
                        "arn:older",
                        new SourceKeyUse.Times(SECOND.plusNanos(123_456_000), Optional.of(SECOND)))));

        assertThat(Progress.read(record.key(), record.value())).isEqualTo(record);
        assertThat(Progress.isKey(record.key())).isTrue();
    }
}
