package io.keyferry.kms;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class RetryingKeyServiceTest {

    private static final Instant NOON = Instant.parse("2026-01-02T12:00:00Z");

    private final ManualTimer timer = new ManualTimer();
    private final FakeKms kms = new FakeKms(timer);
    private final Heard heard = new Heard();
    private final RetryingKeyService service = new RetryingKeyService(
            kms, new BackOff(() -> 0.999), new TroubleWatch(heard, Clock.fixed(NOON, ZoneOffset.UTC)), timer);

    @Test
    void triesAgainForAsLongAsItTakes() {
        CompletableFuture<byte[]> answer = submit();

        for (int i = 0; i < 1000; i++) {
            kms.last().fail(FakeKms.outage());
            timer.pass(Duration.ofSeconds(10));
        }
        kms.last().succeed();

        assertThat(answer.getNow(null)).containsExactly(1);
        assertThat(kms.calls()).hasSize(1001);
    }

    @Test
    void waitsLongerEachTimeUpToTenSeconds() {
        submit();
        List<Duration> gaps = new ArrayList<>();

        for (int i = 0; i < 12; i++) {
            kms.last().fail(FakeKms.outage());
            timer.pass(Duration.ofSeconds(10));
            gaps.add(Duration.ofNanos(kms.last().madeAt() - (i * 10_000_000_000L)));
        }

        assertThat(gaps.get(0)).isLessThan(Duration.ofMillis(51));
        assertThat(gaps).isSorted();
        assertThat(gaps.get(11)).isBetween(Duration.ofSeconds(9), Duration.ofSeconds(10));
    }

    @Test
    void waitsBrieflyWhenThrottledBecauseTheRateLimitDoesTheWaiting() {
        submit();

        for (int i = 0; i < 20; i++) {
            kms.last().fail(FakeKms.throttling());
            timer.pass(Duration.ofMillis(400));
        }

        assertThat(kms.calls()).hasSize(21);
    }

    @Test
    void passesOnWhatTimeDoesNotCure() {
        CompletableFuture<byte[]> value = submit();
        kms.last().fail(new ValueException(ValueException.Kind.INCORRECT_KEY, "another key", null));
        CompletableFuture<byte[]> key = submit();
        kms.last().fail(FakeKms.outage());
        timer.pass(Duration.ofSeconds(1));
        kms.last().fail(new KeyException("disabled", null));

        assertThat(value).failsWithin(Duration.ZERO).withThrowableThat().withCauseInstanceOf(ValueException.class);
        assertThat(key).failsWithin(Duration.ZERO).withThrowableThat().withCauseInstanceOf(KeyException.class);
        assertThat(timer.tasks()).isZero();
    }

    @Test
    void tellsWhatIsWrongHowOftenAndSinceWhen() {
        submit();
        submit();
        kms.call(0).fail(FakeKms.outage());
        kms.call(1).fail(FakeKms.outage());
        timer.pass(Duration.ofSeconds(1));
        kms.call(2).fail(FakeKms.throttling());
        timer.pass(Duration.ofSeconds(1));

        assertThat(heard.trouble)
                .containsExactly(
                        new Trouble("KMS cannot be reached", false, 1, 1, NOON),
                        new Trouble("KMS cannot be reached", false, 2, 2, NOON),
                        new Trouble("KMS throttles", true, 3, 2, NOON));
        assertThat(heard.recoveries).isEmpty();

        kms.call(3).succeed();
        assertThat(heard.recoveries).isEmpty();
        kms.call(4).succeed();
        assertThat(heard.recoveries).containsExactly(new Trouble("KMS throttles", true, 3, 0, NOON));
    }

    @Test
    void givesUpACallWhoseCallerHasGone() {
        CompletableFuture<byte[]> answer = submit();
        kms.last().fail(FakeKms.outage());

        answer.cancel(false);
        timer.pass(Duration.ofSeconds(1));

        assertThat(kms.calls()).hasSize(1);
        assertThat(heard.recoveries).hasSize(1);
    }

    @Test
    void failsWhatWaitsForARetryWhenClosed() {
        CompletableFuture<byte[]> waiting = submit();
        kms.last().fail(FakeKms.outage());
        CompletableFuture<byte[]> inFlight = submit();

        service.close();
        kms.last().fail(FakeKms.outage());

        assertThat(kms.isClosed()).isTrue();
        assertThat(waiting).isCompletedExceptionally();
        assertThat(inFlight).isCompletedExceptionally();
        timer.pass(Duration.ofMinutes(1));
        assertThat(kms.calls()).hasSize(2);
        assertThat(heard.recoveries).isEmpty();
    }

    private CompletableFuture<byte[]> submit() {
        return service.reEncrypt(new byte[] {1}, "source", "target", Map.of());
    }

    private static final class Heard implements RetryListener {

        private final List<Trouble> trouble = new ArrayList<>();
        private final List<Trouble> recoveries = new ArrayList<>();

        @Override
        public void retrying(Trouble now) {
            trouble.add(now);
        }

        @Override
        public void recovered(Trouble over) {
            recoveries.add(over);
        }
    }
}
