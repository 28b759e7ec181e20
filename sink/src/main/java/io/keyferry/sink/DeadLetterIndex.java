package io.keyferry.sink;

import io.keyferry.model.DeadLetter;
import io.keyferry.model.JournalFormat;
import io.keyferry.model.TableName;
import io.keyferry.model.UnreadableRecordException;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** Knows which stored values are in the dead-letter topic, so that a sweep does not feed them in again. One thread. */
final class DeadLetterIndex implements AutoCloseable {

    private final TopicReader topic;
    private final Set<StoredValue> values = new HashSet<>();

    /** One column of one row, with what it holds. */
    record StoredValue(TableName table, Map<String, String> key, String column, String stored) {

        @Override
        public String toString() {
            return table + " " + key + " " + column;
        }
    }

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
            letter.columns()
                    .forEach((column, dead) ->
                            values.add(new StoredValue(letter.table(), letter.key(), column, dead.value())));
        } catch (UnreadableRecordException e) {
            throw new UnreadableRecordException("on " + record.topic() + " at offset " + record.offset()
                    + " and no dead letter: " + e.getMessage());
        }
    }

    boolean holds(StoredValue value) {
        return values.contains(value);
    }

    @Override
    public void close() {
        topic.close();
    }
}
