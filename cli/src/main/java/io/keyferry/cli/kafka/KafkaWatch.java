package io.keyferry.cli.kafka;

import io.keyferry.model.KeyFerryException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notices when Kafka does not answer, and when topics are deleted under way. The stages wait for Kafka by themselves;
 * their clients' own complaints, many a second, are kept out of the log.
 */
public final class KafkaWatch implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(KafkaWatch.class);
    private static final long EVERY_SECONDS = 5;
    private static final long ANSWER_SECONDS = 5;

    private final Admin admin;
    private final ScheduledExecutorService timer;
    private final Set<String> topics;
    private Set<String> missed = Set.of();
    private volatile boolean silent;
    private volatile Set<String> gone = Set.of();

    /** @param topics that must be there as long as the stages run */
    public KafkaWatch(Map<String, Object> kafka, Set<String> topics) {
        this.topics = Set.copyOf(topics);
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
            lookForTopics();
        } catch (ExecutionException | TimeoutException e) {
            if (!silent) {
                log.warn("Kafka does not answer; the stages wait for it, for as long as it takes");
            }
            silent = true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** A broker that has just started may not know all topics yet, so that one is missed twice before it is gone. */
    private void lookForTopics() throws ExecutionException, InterruptedException, TimeoutException {
        Set<String> missing = new TreeSet<>(topics);
        missing.removeAll(admin.listTopics().names().get(ANSWER_SECONDS, TimeUnit.SECONDS));
        Set<String> again = new TreeSet<>(missing);
        again.retainAll(missed);
        missed = missing;
        gone = again;
    }

    /** @throws KeyFerryException where a topic has been deleted: the stages would wait for it for ever */
    public void failIfTopicsAreGone() {
        Set<String> deleted = gone;
        if (!deleted.isEmpty()) {
            throw new KeyFerryException("Topics have been deleted while the migration runs: "
                    + String.join(", ", deleted)
                    + ". Run again: they are made anew (what a connector of your own fills, by"
                    + " itself), and the sweep finds what was in them.");
        }
    }

    /** What is wrong now, in words. */
    public Optional<String> now() {
        return silent ? Optional.of("Kafka does not answer") : Optional.empty();
    }

    @Override
    public void close() {
        timer.shutdownNow();
        admin.close(Duration.ofSeconds(1));
    }
}
