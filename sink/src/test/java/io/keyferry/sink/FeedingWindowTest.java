package io.keyferry.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class FeedingWindowTest {

    private static final int PART = 250;
    private static final Duration LOOK = Duration.ofMillis(200);

    private final AtomicLong nanos = new AtomicLong();
    private final Pause pause = new Pause();
    private volatile long underWay;
    private volatile long rate;
    private volatile long aborted;
    private final FeedingWindow window = new FeedingWindow(this::look, nanos::get, pause);

    /** Each look finds that some time has passed, and that the pipeline has not been idle. */
    private long look(boolean closely) {
        if (closely) {
            underWay -= aborted;
            aborted = 0;
        }
        nanos.addAndGet(LOOK.toNanos());
        underWay = Math.max(0, underWay - rate * LOOK.toMillis() / 1000);
        return underWay;
    }

    private void feed(long rows) {
        for (long fed = 0; fed < rows; fed += PART) {
            window.awaitRoom(PART);
            underWay += PART;
        }
    }

    @Test
    void letsInNoMoreThanTheLeastWhereNothingComesOut() throws Exception {
        feed(FeedingWindow.LEAST);

        CompletableFuture<Void> next = CompletableFuture.runAsync(() -> window.awaitRoom(PART));

        assertThatThrownBy(() -> next.get(300, TimeUnit.MILLISECONDS)).isInstanceOf(TimeoutException.class);
        rate = 10_000;
        next.get(10, TimeUnit.SECONDS);
    }

    @Test
    void growsToWhatThePipelineDoesInThreeSecondsAndShrinksWithIt() {
        rate = 5_000;
        feed(25_000);
        assertThat(window.size()).isBetween(13_500L, 16_500L);

        rate = 2_000;
        feed(10_000);
        assertThat(window.size()).isBetween(5_400L, 6_600L);
    }

    @Test
    void isNeverLargerThanTheMost() {
        rate = 90_000;
        feed(400_000);

        assertThat(window.size()).isEqualTo(FeedingWindow.MOST);
    }

    @Test
    void looksCloselyWhereWhatIsUnderWayDoesNotMove() {
        feed(FeedingWindow.LEAST);
        aborted = FeedingWindow.LEAST;

        window.awaitRoom(PART);

        assertThat(aborted).isZero();
    }

    @Test
    void aWaitEndsWhenTheStageStops() {
        feed(FeedingWindow.LEAST);
        pause.end();

        assertThatThrownBy(() -> window.awaitRoom(PART)).isInstanceOf(Pause.StageStopping.class);
    }
}
