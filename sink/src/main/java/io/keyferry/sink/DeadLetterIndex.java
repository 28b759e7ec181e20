package io.keyferry.sink;

import io.keyferry.model.DeadLetter;
import io.keyferry.model.JournalFormat;
import io.keyferry.model.UnreadableRecordException;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** Knows which stored values are in the dead-letter topic, so that a sweep does not feed them in again. One thread. */
final class DeadLetterIndex implements AutoCloseable {

    private final TopicReader topic;
    private final Set<ByteBuffer> fingerprints = new HashSet<>();

    DeadLetterIndex(String topic, Map<String, Object> kafka) {
        this.topic = new TopicReader(topic, kafka, this::add);
    }

    /** Reads what was committed before this call. */
    void readToEnd() {
        topic.readToEnd();
    }

    private void add(ConsumerRecord<byte[], byte[]> record) {
        try {
            DeadLetter letter = JournalFormat.readDeadLetter(record.value());
            letter.columns().forEach((column, dead) -> add(letter, column, dead.value()));
        } catch (UnreadableRecordException e) {
            throw new UnreadableRecordException("on " + record.topic() + " at offset " + record.offset()
                    + " and no dead letter: " + e.getMessage());
        }
    }

    /** Letters about records that could not be read name no row and no value: a sweep cannot meet them. */
    private void add(DeadLetter letter, String column, String stored) {
        if (letter.table() != null && stored != null) {
            fingerprints.add(new StoredValue(letter.table(), letter.key(), column, stored).fingerprint());
        }
    }

    boolean holds(StoredValue value) {
        return fingerprints.contains(value.fingerprint());
    }

    @Override
    public void close() {
        topic.close();
    }
}
