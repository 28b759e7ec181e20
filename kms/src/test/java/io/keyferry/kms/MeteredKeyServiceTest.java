package io.keyferry.kms;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MeteredKeyServiceTest {

    private final FakeKms kms = new FakeKms(new ManualTimer());
    private final MeterRegistry meters = new SimpleMeterRegistry();
    private final MeteredKeyService service = new MeteredKeyService(kms, meters);

    @Test
    void countsEveryAttempt() {
        for (int i = 0; i < 4; i++) {
            service.reEncrypt(new byte[] {1}, "source", "target", Map.of());
        }
        kms.call(0).succeed();
        kms.call(1).fail(FakeKms.throttling());
        kms.call(2).fail(new KeyException("disabled", null));

        assertThat(service.metrics()).isEqualTo(new KmsMetrics(4, 1, 1, 1));
        assertThat(meters.get("keyferry.kms.request").timer().count()).isEqualTo(3);
    }

    @Test
    void countsDescriptionsToo() {
        service.describe("key");

        assertThat(service.metrics().requests()).isEqualTo(1);
        assertThat(service.metrics().inFlight()).isZero();
    }
}
