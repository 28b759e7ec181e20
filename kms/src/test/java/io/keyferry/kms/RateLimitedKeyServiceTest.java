package io.keyferry.kms;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class RateLimitedKeyServiceTest {

    private final ManualTimer timer = new ManualTimer();
    private final FakeKms kms = new FakeKms(timer);
    private final RateLimitedKeyService service = new RateLimitedKeyService(kms, 100, timer);

    @Test
    void startsCallsInTheirOrderAtTheCeiling() {
        submit(0, 300);

        timer.pass(Duration.ofSeconds(2));

        assertThat(kms.calls()).hasSizeBetween(200, 201);
        assertThat(service.waiting()).isEqualTo(300 - kms.calls().size());
        for (int i = 0; i < 200; i++) {
            assertThat(kms.call(i).ciphertext()[0]).isEqualTo((byte) i);
        }
    }

    @Test
    void spreadsCallsEvenly() {
        submit(0, 100);

        timer.pass(Duration.ofSeconds(2));

        for (int i = 1; i < 100; i++) {
            long gap = kms.call(i).madeAt() - kms.call(i - 1).madeAt();
            assertThat(gap).isBetween(9_000_000L, 11_000_000L);
        }
    }

    @Test
    void letsASingleCallThroughAtOnce() {
        CompletableFuture<byte[]> answer = submit(7, 8).get(0);
        kms.last().succeed();

        assertThat(answer.getNow(null)).containsExactly(7);
    }

    @Test
    void slowsDownWhenThrottledAndComesBack() {
        submit(0, 1);
        kms.last().fail(FakeKms.throttling());

        assertThat(service.currentRate()).isEqualTo(70);
        submit(0, 300);
        timer.pass(Duration.ofSeconds(1));
        assertThat(kms.calls()).hasSizeBetween(70, 75);
        timer.pass(Duration.ofSeconds(9));
        assertThat(service.currentRate()).isEqualTo(100);
    }

    @Test
    void keepsItsRateWhenCallsFailOtherwise() {
        submit(0, 1);
        kms.last().fail(FakeKms.outage());

        assertThat(service.currentRate()).isEqualTo(100);
    }

    @Test
    void spendsNothingOnACallWhoseCallerHasGone() {
        submit(0, 1);
        List<CompletableFuture<byte[]>> given = submit(1, 50);
        submit(99, 100);

        given.forEach(future -> future.cancel(false));
        timer.pass(Duration.ofMillis(20));

        assertThat(kms.calls()).hasSize(2);
        assertThat(kms.last().ciphertext()[0]).isEqualTo((byte) 99);
    }

    @Test
    void failsWhatWaitsWhenClosed() {
        List<CompletableFuture<byte[]>> answers = submit(0, 10);

        service.close();

        assertThat(kms.isClosed()).isTrue();
        assertThat(answers.get(9))
                .failsWithin(Duration.ZERO)
                .withThrowableThat()
                .withCauseInstanceOf(RetryableKmsException.class);
        assertThat(submit(0, 1).get(0)).isCompletedExceptionally();
        assertThat(kms.calls()).hasSize(1);
    }

    @Test
    void letsWaitingCallsThroughAtANewShareFromTheMomentItIsTold() {
        service.share(0.01);
        submit(0, 200);
        timer.pass(Duration.ofMillis(500));
        int before = kms.calls().size();
        assertThat(before).isLessThanOrEqualTo(1);

        service.share(1);
        timer.pass(Duration.ofSeconds(1));

        assertThat(kms.calls().size() - before).isBetween(99, 101);
        assertThat(service.currentRate()).isEqualTo(100);
    }

    @Test
    void withoutAShareCallsWaitForOneAndFailWhenClosed() {
        service.share(0);
        List<CompletableFuture<byte[]>> answers = submit(0, 3);
        timer.pass(Duration.ofHours(1));
        assertThat(kms.calls()).isEmpty();
        assertThat(timer.tasks()).isZero();

        service.share(0.5);
        timer.pass(Duration.ofMillis(21));
        assertThat(kms.calls()).hasSize(1);

        service.share(0);
        service.close();
        assertThat(answers.get(2)).isCompletedExceptionally();
    }

    @Test
    void keepsOneTimerHoweverOftenTheShareChanges() {
        submit(0, 200);
        for (int i = 0; i < 100; i++) {
            service.share(i % 2 == 0 ? 0.5 : 1);
        }

        timer.pass(Duration.ofMillis(50));

        assertThat(timer.tasks()).isEqualTo(1);
    }

    private List<CompletableFuture<byte[]>> submit(int from, int to) {
        List<CompletableFuture<byte[]>> answers = new ArrayList<>();
        for (int i = from; i < to; i++) {
            answers.add(service.reEncrypt(new byte[] {(byte) i}, "source", "target", Map.of()));
        }
        return answers;
    }
}
