package io.keyferry.sink;

import static org.assertj.core.api.Assertions.assertThat;

import io.keyferry.model.JournalFormat;
import io.keyferry.model.Migration;
import io.keyferry.model.Rewrite;
import io.keyferry.model.TableName;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;

class UndoEntriesTest {

    private static final Migration.Keys KEYS =
            new Migration.Keys("us-west-2", List.of("source-1", "source-2"), "target", List.of(), 1000);

    private static UndoEntries.Turned turned(Map<String, Rewrite.Column> columns) {
        Rewrite rewrite = new Rewrite(
                new TableName("public", "customers"),
                Map.of("id", "1"),
                Map.of("tenant", "7"),
                columns,
                List.of("other"),
                new Rewrite.Source(5, 6L, Instant.EPOCH, false),
                Instant.EPOCH);
        return new UndoEntries(KEYS)
                .of(new ConsumerRecord<>("journal", 3, 14, new byte[0], JournalFormat.write(rewrite)));
    }

    @Test
    void aRewriteIsTurnedRoundWithItsContextAndReadsNothingAgain() {
        UndoEntries.Turned turned = turned(Map.of("card", new Rewrite.Column("before", "after", "source-2", "target")));

        Rewrite rewrite = turned.entry().rewrite();
        assertThat(rewrite.columns())
                .containsExactly(Map.entry("card", new Rewrite.Column("after", "before", "target", "source-2")));
        assertThat(rewrite.context()).containsEntry("tenant", "7");
        assertThat(rewrite.readAgain()).isEmpty();
        assertThat(turned.ofOtherKeys()).isZero();
    }

    @Test
    void whatWasMovedBetweenOtherKeysStaysForItsOldValueMayBeOneThatWeWrote() {
        UndoEntries.Turned turned = turned(Map.of(
                "card", new Rewrite.Column("a", "b", "target", "another-target"),
                "ssn", new Rewrite.Column("c", "d", "a-key-that-was-taken-out", "target")));

        assertThat(turned.entry().rewrite().columns()).isEmpty();
        assertThat(turned.ofOtherKeys()).isEqualTo(2);
    }
}
