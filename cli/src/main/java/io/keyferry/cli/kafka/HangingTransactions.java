package io.keyferry.cli.kafka;

import io.keyferry.model.KeyFerryException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.AbortTransactionSpec;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListTopicsOptions;
import org.apache.kafka.clients.admin.ProducerState;
import org.apache.kafka.clients.admin.TransactionListing;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Breaks off transactions whose end a broker has lost. A broker that dies of a full disk may leave half a batch in a
 * partition, and cuts off what came after it when it starts again: also the mark of a transaction's end, which the
 * coordinator has recorded as written. Nobody would write it again, and whoever reads what is committed waits at that
 * place for ever. What the transaction held in that partition is taken as not written: an offset, then records are
 * processed again; a rewrite, then the sweep finds the value.
 */
final class HangingTransactions {

    private static final Logger log = LoggerFactory.getLogger(HangingTransactions.class);
    private static final int ANSWER_SECONDS = 30;

    /** The coordinator itself brings those to an end. */
    private static final Set<TransactionState> UNDER_WAY = EnumSet.of(
            TransactionState.ONGOING,
            TransactionState.PREPARE_COMMIT,
            TransactionState.PREPARE_ABORT,
            TransactionState.PREPARE_EPOCH_FENCE,
            TransactionState.UNKNOWN);

    private final Admin admin;

    HangingTransactions(Admin admin) {
        this.admin = admin;
    }

    /** A transaction that is open in a partition. */
    private record Open(TopicPartition partition, long producerId, int epoch, int coordinatorEpoch, long start) {}

    /** @return how many there were */
    int abort() {
        try {
            Set<Open> before = open();
            if (before.isEmpty()) {
                return 0;
            }
            Set<Long> ended = endedProducers();
            // Open at the same place before and after its end was told: the mark is missing, not late.
            Set<Open> hanging = new HashSet<>(open());
            hanging.retainAll(before);
            hanging.removeIf(transaction -> !ended.contains(transaction.producerId()));
            for (Open transaction : hanging) {
                log.warn(
                        "The broker has lost the end of a transaction in {} when it died; it is broken off, and what it"
                                + " held there is done again",
                        transaction.partition());
                answer(admin.abortTransaction(new AbortTransactionSpec(
                                transaction.partition(),
                                transaction.producerId(),
                                (short) transaction.epoch(),
                                transaction.coordinatorEpoch()))
                        .all());
            }
            return hanging.size();
        } catch (ExecutionException | TimeoutException e) {
            throw new KeyFerryException("The embedded broker does not tell of its transactions: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new KeyFerryException("interrupted while the embedded broker starts", e);
        }
    }

    private Set<Open> open() throws ExecutionException, InterruptedException, TimeoutException {
        Set<String> topics = answer(
                admin.listTopics(new ListTopicsOptions().listInternal(true)).names());
        List<TopicPartition> partitions = new ArrayList<>();
        answer(admin.describeTopics(topics).allTopicNames())
                .forEach((topic, described) -> described
                        .partitions()
                        .forEach(partition -> partitions.add(new TopicPartition(topic, partition.partition()))));
        Set<Open> open = new HashSet<>();
        answer(admin.describeProducers(partitions).all())
                .forEach((partition, producers) ->
                        producers.activeProducers().forEach(producer -> add(open, partition, producer)));
        return open;
    }

    private static void add(Set<Open> open, TopicPartition partition, ProducerState producer) {
        OptionalLong start = producer.currentTransactionStartOffset();
        if (start.isPresent()) {
            open.add(new Open(
                    partition,
                    producer.producerId(),
                    producer.producerEpoch(),
                    producer.coordinatorEpoch().orElse(0),
                    start.getAsLong()));
        }
    }

    /** Whose last transaction has ended, says the coordinator. Of those that it does not know nothing is certain. */
    private Set<Long> endedProducers() throws ExecutionException, InterruptedException, TimeoutException {
        Map<Long, TransactionState> states = new HashMap<>();
        for (TransactionListing listing : answer(admin.listTransactions().all())) {
            states.put(listing.producerId(), listing.state());
        }
        states.values().removeAll(UNDER_WAY);
        return states.keySet();
    }

    private static <T> T answer(KafkaFuture<T> future)
            throws ExecutionException, InterruptedException, TimeoutException {
        return future.get(ANSWER_SECONDS, TimeUnit.SECONDS);
    }
}
