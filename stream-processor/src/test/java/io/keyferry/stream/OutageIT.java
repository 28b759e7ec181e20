package io.keyferry.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.keyferry.kms.KmsConnection;
import io.keyferry.model.Counter;
import io.keyferry.model.Migration;
import io.keyferry.sandbox.Proxy;
import io.keyferry.sandbox.SandboxKafka;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A Kafka that does not answer for longer than its clients wait. */
@Timeout(180)
class OutageIT {

    private static final int ROWS = 600;
    /** Shorter than the outage, so that Streams gives transactions up and revives its tasks. */
    private static final Map<String, Object> IMPATIENT = Map.of(
            "max.block.ms",
            "1000",
            "request.timeout.ms",
            "4000",
            "delivery.timeout.ms",
            "10000",
            "default.api.timeout.ms",
            "5000");

    /** The stream thread that is replaced ends with the exception that it failed with. */
    @BeforeAll
    static void letThreadsEnd() {
        Awaitility.doNotCatchUncaughtExceptionsByDefault();
    }

    @AfterAll
    static void reset() {
        Awaitility.reset();
    }

    @Test
    void connectionsThatHangInTheMiddleOfTransactionsLoseNoRewriteAndNoCount() throws Exception {
        int port = freePort();
        try (Proxy proxy = new Proxy(port);
                StreamFixture fixture = new StreamFixture(
                        SandboxKafka.start(
                                port, null, Map.of("advertised.listeners", "PLAINTEXT://127.0.0.1:" + proxy.port())),
                        IMPATIENT);
                KmsConnection kms = fixture.kms()) {
            Migration migration = fixture.migration("hanging", 10);
            for (long id = 1; id <= ROWS; id++) {
                fixture.change(migration, "r", id, fixture.ssn(fixture.sourceKey, id, "ssn " + id), null);
            }
            fixture.localKms.quota(60);
            try (StreamProcessorStage stage = fixture.stage(migration, kms)) {
                stage.start();
                for (int hang = 1; hang <= 4; hang++) {
                    long some = hang * 100L;
                    await().atMost(Duration.ofSeconds(60))
                            .until(() -> fixture.counts(migration, "ssn").get(Counter.SEEN) > some);
                    proxy.stall();
                    TimeUnit.MILLISECONDS.sleep(hang == 2 ? 12_000 : 2500);
                    proxy.resume();
                }
                fixture.localKms.quota(Double.POSITIVE_INFINITY);
                fixture.awaitProcessed(migration);

                assertThat(stage.ended()).isNotDone();
            }

            assertThat(fixture.committedCounts(migration, "ssn").get(Counter.SEEN))
                    .isEqualTo(ROWS);
            assertThat(fixture.journal(migration))
                    .extracting(rewrite -> rewrite.key().get("id"))
                    .doesNotHaveDuplicates()
                    .hasSize(ROWS);
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return free.getLocalPort();
        }
    }
}
