package io.keyferry.stream;

import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * A producer that is of no more use once one of its transactions has been aborted, or may have been.
 *
 * <p>The tasks of a stream thread share its transaction. Where it is aborted because of one of them, Streams (4.3.1, seen)
 * revives that one, and lets the others go on: their next commit holds the offsets of records whose outputs were aborted.
 * Told that the producer is fenced off instead, Streams drops all of the thread's tasks, makes a new producer, and begins
 * again at the committed offsets. Used by one stream thread.
 */
final class CautiousProducer extends KafkaProducer<byte[], byte[]> {

    private boolean spent;

    CautiousProducer(Map<String, Object> config) {
        super(config, new ByteArraySerializer(), new ByteArraySerializer());
    }

    private interface Step {
        void run();
    }

    /** A step that fails may have been done or not, so that nothing may be built on it. */
    private void cautiously(Step step) {
        requireUnspent();
        boolean done = false;
        try {
            step.run();
            done = true;
        } finally {
            spent = !done;
        }
    }

    private void requireUnspent() {
        if (spent) {
            throw new ProducerFencedException("a transaction of this producer was not committed: begin again");
        }
    }

    @Override
    public void beginTransaction() {
        requireUnspent();
        super.beginTransaction();
    }

    @Override
    public void sendOffsetsToTransaction(
            Map<TopicPartition, OffsetAndMetadata> offsets, ConsumerGroupMetadata groupMetadata) {
        cautiously(() -> super.sendOffsetsToTransaction(offsets, groupMetadata));
    }

    @Override
    public void commitTransaction() {
        cautiously(super::commitTransaction);
    }

    @Override
    public void abortTransaction() {
        spent = true;
        super.abortTransaction();
    }
}
