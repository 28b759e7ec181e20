package io.keyferry.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class StoredOffsetTest {

    @Test
    void comparesWithTheSlotTheLastWholeTransactionAndWithTheServerTheLastChange() {
        StoredOffset withinATransaction =
                StoredOffset.of(Map.of("lsn", 300L, "lsn_proc", 290L, "lsn_commit", 200L, "txId", 7L));

        assertThat(withinATransaction.confirmed()).isEqualTo(200);
        assertThat(withinATransaction.position()).isEqualTo(300);
        assertThat(withinATransaction.snapshotCompleted()).isTrue();
    }

    @Test
    void knowsAnInterruptedSnapshotAndThatItsRowsHaveNoCommit() {
        StoredOffset offset = StoredOffset.of(Map.of("lsn", 300L, "snapshot", "INITIAL", "snapshot_completed", false));

        assertThat(offset.snapshotCompleted()).isFalse();
        assertThat(offset.confirmed()).isEqualTo(300);
    }
}
