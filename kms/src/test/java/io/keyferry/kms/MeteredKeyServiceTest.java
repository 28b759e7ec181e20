package io.keyferry.kms;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MeteredKeyServiceTest {

    private final ManualTimer timer = new ManualTimer();
    private final FakeKms kms = new FakeKms(timer);
    private final MeteredKeyService service = new MeteredKeyService(kms, timer);

    @Test
    void countsAndTimesEveryAttempt() {
        for (int i = 0; i < 4; i++) {
            service.reEncrypt(new byte[] {1}, "source", "target", Map.of());
        }
        timer.pass(Duration.ofMillis(10));
        kms.call(0).succeed();
        timer.pass(Duration.ofMillis(20));
        kms.call(1).fail(FakeKms.throttling());
        kms.call(2).fail(new KeyException("disabled", null));

        assertThat(service.metrics())
                .isEqualTo(new KmsMetrics(4, 1, 1, 1, Duration.ofMillis(70), Duration.ofMillis(30)));
        assertThat(service.metrics().meanLatency()).isBetween(Duration.ofMillis(23), Duration.ofMillis(24));
    }

    @Test
    void countsDescriptionsToo() {
        service.describe("key");

        assertThat(service.metrics().requests()).isEqualTo(1);
        assertThat(service.metrics().inFlight()).isZero();
    }
}
