package io.keyferry.kms;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class KmsConnectionTest {

    private final ManualTimer timer = new ManualTimer();
    private final FakeKms kms = new FakeKms(timer);
    private final RateLimitedKeyService limited = new RateLimitedKeyService(kms, 100, timer);
    private final KmsConnection connection = new KmsConnection(null, limited, null, timer, 100);

    @Test
    void aThrottleIsSharedAsTheCeilingIsAndNeverRaisesIt() {
        connection.throttle(40);
        assertThat(connection.currentRate()).isEqualTo(40);

        connection.share(0.5);
        assertThat(connection.currentRate()).isEqualTo(20);
        assertThat(connection.share()).isEqualTo(0.5);

        connection.throttle(5000);
        assertThat(connection.currentRate()).isEqualTo(50);
    }

    @Test
    void callsThatAreHeldLeaveOnceTheyAreLetGoWhateverIsToldMeanwhile() {
        connection.hold(true);
        CompletableFuture<byte[]> call = limited.reEncrypt(new byte[] {1}, "source", "target", Map.of());
        connection.share(0.5);
        connection.throttle(40);
        timer.pass(Duration.ofSeconds(10));
        assertThat(kms.calls()).isEmpty();

        connection.hold(false);
        timer.pass(Duration.ofSeconds(1));

        assertThat(kms.calls()).hasSize(1);
        assertThat(connection.currentRate()).isEqualTo(20);
        assertThat(call).isNotNull();
    }
}
