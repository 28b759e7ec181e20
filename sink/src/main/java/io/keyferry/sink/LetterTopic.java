package io.keyferry.sink;

import io.keyferry.model.DeadLetter;
import io.keyferry.model.JournalFormat;
import io.keyferry.model.UnreadableRecordException;
import java.time.Duration;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The dead-letter topic, read from its beginning: what is committed, in order. Used by one thread. */
public final class LetterTopic implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(LetterTopic.class);

    private final String topic;
    private final Consumer<DeadLetter> each;
    private final TopicReader reader;

    /**
     * @param topic which exists
     * @param kafka client properties
     * @param each is given every letter
     */
    public LetterTopic(String topic, Map<String, Object> kafka, Consumer<DeadLetter> each) {
        this.topic = topic;
        this.each = each;
        reader = new TopicReader(topic, kafka, this::take);
    }

    /** Reads once to what is the end then; parameters as above. */
    public static void read(String topic, Map<String, Object> kafka, Consumer<DeadLetter> each) {
        try (LetterTopic letters = new LetterTopic(topic, kafka, each)) {
            letters.reader.readToEnd();
        }
    }

    /**
     * Reads on where it stopped, for so long at the most.
     *
     * @return whether everything has been read
     */
    public boolean readOn(Duration atMost) {
        long end = System.nanoTime() + atMost.toNanos();
        while (!reader.isAtEnd()) {
            if (System.nanoTime() - end > 0) {
                return false;
            }
            reader.readAvailable();
        }
        return true;
    }

    private void take(ConsumerRecord<byte[], byte[]> record) {
        try {
            each.accept(JournalFormat.readDeadLetter(record.value()));
        } catch (UnreadableRecordException e) {
            log.warn("Passed over on {} at offset {}, no dead letter: {}", topic, record.offset(), e.getMessage());
        }
    }

    @Override
    public void close() {
        reader.close();
    }
}
