package io.keyferry.sink;

import static org.assertj.core.api.Assertions.assertThat;

import io.keyferry.model.Migration;
import io.keyferry.model.pace.Cause;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class SinkPaceTest {

    private static final long SECOND = Duration.ofSeconds(1).toNanos();

    private final AtomicLong nanos = new AtomicLong();
    private final SinkPace pace = new SinkPace(Migration.Limits.DEFAULT, nanos::get);

    private static Signal lag(double millis) {
        return new Signal(Cause.REPLICA_LAG, millis, 10_000);
    }

    private static Signal wal(double bytes) {
        return new Signal(Cause.SLOT_WAL, bytes, 4.0 * (1L << 30));
    }

    /** Applies all that may be applied of so many rows a second. */
    private void seconds(int seconds, int rows, Signal... signals) {
        for (int second = 0; second < seconds; second++) {
            int left = rows;
            for (int part = 0; part < 20; part++) {
                int admitted = left > 0 ? pace.admit(left) : 0;
                left -= admitted;
                nanos.addAndGet(SECOND / 20);
            }
            pace.told(List.of(signals));
        }
    }

    @Test
    void takesNoNoticeOfWhatIsWithinItsLimit() {
        seconds(60, 5000, lag(10_000), wal(4.0 * (1L << 30)));

        assertThat(pace.rate()).isInfinite();
        assertThat(pace.limit()).isEmpty();
    }

    @Test
    void namesTheWorstAndHowMuchItIsAndWhatIsLeft() {
        seconds(5, 2000, lag(100));

        seconds(1, 2000, lag(12_400), wal(5.5 * (1L << 30)));
        assertThat(pace.limit()).contains("WAL retained for the replication slot 5.5 GB (at most 4 GB): 1,400 rows/s");

        seconds(3, 2000, lag(12_400), wal(4.1 * (1L << 30)));
        assertThat(pace.limit()).contains("replica lag 12 s (at most 10 s): 980 rows/s");
    }

    @Test
    void saysThatTheCauseIsOverWhileItsEffectIsNotAndThenThatNothingLimits() {
        seconds(5, 2000, lag(100));
        seconds(1, 2000, lag(12_400));

        seconds(4, 2000, lag(9_000));
        assertThat(pace.limit()).hasValueSatisfying(words -> assertThat(words).startsWith("replica lag of late: 1,"));

        seconds(40, 2000, lag(9_000));
        assertThat(pace.limit()).isEmpty();
        assertThat(pace.rate()).isInfinite();
    }

    @Test
    void slowsDownForAStatementThatTookTooLongAndForgetsItAfterwards() {
        pace.wrote(2 * SECOND);
        pace.wrote(1);
        seconds(1, 1000);
        assertThat(pace.limit()).contains("write latency 2 s (at most 1 s): 140 rows/s");

        seconds(3, 1000);
        assertThat(pace.rate()).as("not cut again").isGreaterThanOrEqualTo(140);
    }

    @Test
    void takesNoNoticeOfSlowStatementsWhereThatIsTurnedOff() {
        SinkPace off = new SinkPace(
                new Migration.Limits(Optional.empty(), OptionalLong.empty(), OptionalLong.empty(), Optional.empty()),
                nanos::get);

        off.wrote(100 * SECOND);
        off.told(List.of());

        assertThat(off.rate()).isInfinite();
    }

    @Test
    void aLimitOfNoneIsExceededByOne() {
        pace.told(List.of(new Signal(Cause.LOCK_WAITS, 0, 0)));
        assertThat(pace.rate()).isInfinite();

        pace.told(List.of(new Signal(Cause.LOCK_WAITS, 1, 0)));
        assertThat(pace.limit()).contains("sessions that wait for the sink's locks 1 (at most 0): 70 rows/s");
    }
}
