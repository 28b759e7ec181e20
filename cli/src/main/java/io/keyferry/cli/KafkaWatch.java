package io.keyferry.cli;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notices when Kafka does not answer. The stages wait for it by themselves; their clients' own complaints, many a
 * second, are kept out of the log.
 */
final class KafkaWatch implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(KafkaWatch.class);
    private static final long EVERY_SECONDS = 5;
    private static final long ANSWER_SECONDS = 5;

    private final Admin admin;
    private final ScheduledExecutorService timer;
    private volatile boolean silent;

    KafkaWatch(Map<String, Object> kafka) {
        admin = Admin.create(kafka);
        timer = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "keyferry-kafka-watch");
            thread.setDaemon(true);
            return thread;
        });
        timer.scheduleWithFixedDelay(this::look, EVERY_SECONDS, EVERY_SECONDS, TimeUnit.SECONDS);
    }

    private void look() {
        try {
            admin.describeCluster().nodes().get(ANSWER_SECONDS, TimeUnit.SECONDS);
            if (silent) {
                log.info("Kafka answers again");
            }
            silent = false;
        } catch (ExecutionException | TimeoutException e) {
            if (!silent) {
                log.warn("Kafka does not answer; the stages wait for it, for as long as it takes");
            }
            silent = true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** What is wrong now, in words. */
    Optional<String> now() {
        return silent ? Optional.of("Kafka does not answer") : Optional.empty();
    }

    @Override
    public void close() {
        timer.shutdownNow();
        admin.close(Duration.ofSeconds(1));
    }
}
