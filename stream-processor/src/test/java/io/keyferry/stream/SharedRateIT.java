package io.keyferry.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.keyferry.kms.KmsConnection;
import io.keyferry.model.Counter;
import io.keyferry.model.Migration;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Instances that come and go: the ceiling of KMS requests holds for all of them together, and is used. */
@Timeout(120)
class SharedRateIT {

    private static final int CEILING = 200;
    private static final int VALUES = 4000;
    private static final Duration LONG = Duration.ofSeconds(60);

    private static StreamFixture fixture;

    @BeforeAll
    static void start() {
        fixture = new StreamFixture();
    }

    @AfterAll
    static void stop() {
        fixture.close();
    }

    /** How many requests have arrived by when. */
    private static final class Arrivals implements AutoCloseable {

        private record Reading(long nanos, long requests) {}

        private final List<Reading> readings = new ArrayList<>();
        private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();

        private Arrivals() {
            timer.scheduleAtFixedRate(this::read, 0, 20, TimeUnit.MILLISECONDS);
        }

        private synchronized void read() {
            readings.add(new Reading(System.nanoTime(), fixture.localKms.requests("ReEncrypt")));
        }

        /** The most requests a second over any four seconds: over shorter times, delays on their way would count. */
        private synchronized double highestRate() {
            double highest = 0;
            int from = 0;
            for (Reading to : readings) {
                while (to.nanos() - readings.get(from + 1).nanos() >= TimeUnit.SECONDS.toNanos(4)) {
                    from++;
                }
                double seconds = (to.nanos() - readings.get(from).nanos()) / 1e9;
                highest = Math.max(highest, (to.requests() - readings.get(from).requests()) / Math.max(4, seconds));
            }
            return highest;
        }

        @Override
        public void close() {
            timer.shutdownNow();
        }
    }

    private static void write(Migration migration) {
        // one for all of them: it has no context
        String card = HexFormat.of().formatHex(fixture.encrypt(fixture.sourceKey, "4111", Map.of()));
        for (int id = 0; id < VALUES; id++) {
            fixture.change(migration, "r", id, null, card);
        }
    }

    private static void awaitRate(KmsConnection kms, double rate) {
        await().atMost(LONG).until(() -> kms.currentRate() == rate);
    }

    @Test
    void twoInstancesShareTheCeilingAndTheOneThatIsLeftHasAllOfIt() throws Exception {
        Migration migration = fixture.migration("shared", 1000, CEILING);
        write(migration);

        try (KmsConnection oneKms = fixture.kms(CEILING);
                KmsConnection otherKms = fixture.kms(CEILING);
                StreamProcessorStage other = fixture.stage(migration, otherKms);
                Arrivals arrivals = new Arrivals()) {
            try (StreamProcessorStage one = fixture.stage(migration, oneKms)) {
                one.start();
                awaitRate(oneKms, CEILING);
                other.start();
                awaitRate(otherKms, CEILING / 2.0);
                assertThat(oneKms.currentRate()).isEqualTo(CEILING / 2.0);
                long requests = oneKms.metrics().requests();
                await().atMost(LONG)
                        .until(() -> oneKms.metrics().requests() > requests + CEILING
                                && otherKms.metrics().requests() > CEILING);
            }
            assertThat(oneKms.currentRate()).isZero();
            awaitRate(otherKms, CEILING);
            await().atMost(LONG).until(() -> fixture.counts(migration, "card").get(Counter.SEEN) == VALUES);

            assertThat(arrivals.highestRate()).isPositive().isLessThan(1.08 * CEILING);
        }
    }

    @Test
    void theShareGoesByTheTasksThatThereReallyAre() throws Exception {
        Migration migration = fixture.migration("twelve", 1000, CEILING);
        try (Admin admin = Admin.create(fixture.kafkaProperties())) {
            admin.createPartitions(Map.of("twelve.public.customers", NewPartitions.increaseTo(12)))
                    .all()
                    .get();
        }

        try (KmsConnection oneKms = fixture.kms(CEILING);
                KmsConnection otherKms = fixture.kms(CEILING);
                StreamProcessorStage one = fixture.stage(migration, oneKms);
                StreamProcessorStage other = fixture.stage(migration, otherKms)) {
            assertThat(oneKms.currentRate()).isEqualTo(CEILING);
            one.start();
            awaitRate(oneKms, CEILING);
            other.start();
            awaitRate(otherKms, CEILING / 2.0);
            awaitRate(oneKms, CEILING / 2.0);
        }
    }
}
