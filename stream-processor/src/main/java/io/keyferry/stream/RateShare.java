package io.keyferry.stream;

import java.time.Duration;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.DoubleConsumer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.TopicDescription;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells how much of the migration's rate is this instance's: its tasks, of all tasks there are. Safe for many threads.
 *
 * <p>Why all instances together stay within the rate: a task counts from the end of its initialisation until its
 * processor is closed. Streams closes the processors of a task that is revoked before it joins the group again, and only
 * then does the group give the task to another instance. So no task counts in two instances at a time, whoever joins or
 * leaves; while a task moves, its part of the rate is nobody's. A process that is killed makes no calls; its tasks move on
 * once its session has timed out. Only an instance that Kafka has taken for dead although it is alive (it was cut off, or
 * stood still) counts tasks that others have as well: until it polls the next time, which is within a batch.
 */
final class RateShare implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(RateShare.class);
    private static final long ASK_AGAIN_MILLIS = 500;
    private static final Duration CLOSE = Duration.ofSeconds(1);

    private final DoubleConsumer share;
    private final Set<String> sources;
    private final Admin admin;
    private final Set<Object> running = Collections.newSetFromMap(new IdentityHashMap<>());
    private int tasks;
    private int highest = -1;
    private boolean asking;
    private boolean closed;

    /**
     * @param sources the topics that are read; there are as many tasks as the largest of them has partitions
     * @param share is told the part, 0 to 1, whenever it changes: 0 at first
     */
    RateShare(Set<String> sources, Map<String, Object> kafka, DoubleConsumer share) {
        this.sources = Set.copyOf(sources);
        this.share = share;
        admin = Admin.create(kafka);
        tell();
        ask();
    }

    /** A task is about to process. Partitions may have been added, so they are counted again. */
    synchronized void began(Object task, int partition) {
        running.add(task);
        highest = Math.max(highest, partition);
        tell();
        ask();
    }

    /** A task, which may have begun, processes no more. */
    synchronized void ended(Object task) {
        running.remove(task);
        tell();
    }

    private void tell() {
        int all = Math.max(tasks, highest + 1);
        // before it is known how many there are, too little: what waits is made up for
        share.accept(tasks == 0 ? 0 : Math.min(1, running.size() / (double) all));
    }

    private synchronized void ask() {
        if (asking || closed) {
            return;
        }
        asking = true;
        admin.describeTopics(sources)
                .allTopicNames()
                .toCompletionStage()
                .whenComplete((topics, failure) -> answered(topics, failure));
    }

    private synchronized void answered(Map<String, TopicDescription> topics, Throwable failure) {
        asking = false;
        if (failure == null) {
            tasks = topics.values().stream()
                    .mapToInt(topic -> topic.partitions().size())
                    .max()
                    .orElseThrow();
            tell();
        } else if (!closed) {
            log.debug("The partitions cannot be counted now", failure);
            CompletableFuture.delayedExecutor(ASK_AGAIN_MILLIS, TimeUnit.MILLISECONDS)
                    .execute(this::ask);
        }
    }

    @Override
    public void close() {
        synchronized (this) {
            closed = true;
        }
        admin.close(CLOSE);
    }
}
