package io.keyferry.sink;

import io.keyferry.model.DeadLetter;
import io.keyferry.model.JournalFormat;
import io.keyferry.model.UnreadableRecordException;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Knows which stored values are in the dead-letter topic, so that a sweep does not feed them in again. One thread. */
final class DeadLetterIndex implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(DeadLetterIndex.class);

    private final TopicReader topic;
    private final ValueSettings settings;
    private final Set<ByteBuffer> fingerprints = new HashSet<>();
    private long letters;

    DeadLetterIndex(String topic, ValueSettings settings, Map<String, Object> kafka) {
        this.settings = settings;
        this.topic = new TopicReader(topic, kafka, this::add);
    }

    /** Reads what was committed before this call. */
    void readToEnd() {
        topic.readToEnd();
    }

    /** What is no letter says nothing of any value: at worst one is fed in again, which costs a request. */
    private void add(ConsumerRecord<byte[], byte[]> record) {
        try {
            DeadLetter letter = JournalFormat.readDeadLetter(record.value());
            letters++;
            letter.columns().forEach((column, dead) -> add(letter, column, dead));
        } catch (UnreadableRecordException e) {
            log.warn(
                    "Passed over on {} at offset {}, no dead letter: {}",
                    record.topic(),
                    record.offset(),
                    e.getMessage());
        }
    }

    /** Letters about records that could not be read name no row and no value: a sweep cannot meet them. */
    private void add(DeadLetter letter, String column, DeadLetter.Column dead) {
        if (letter.table() != null && dead.value() != null) {
            settings.value(letter.table(), letter.key(), column, dead.value(), letter.context(), dead.settings())
                    .ifPresent(value -> fingerprints.add(value.fingerprint()));
        }
    }

    /** How many letters have been read. */
    long letters() {
        return letters;
    }

    boolean holds(StoredValue value) {
        return fingerprints.contains(value.fingerprint());
    }

    @Override
    public void close() {
        topic.close();
    }
}
