package io.keyferry.sink;

import io.keyferry.model.DeadLetter;
import io.keyferry.model.JournalFormat;
import io.keyferry.model.UnreadableRecordException;
import java.util.Map;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The dead-letter topic, read once from its beginning to what is its end then. */
public final class LetterTopic {

    private static final Logger log = LoggerFactory.getLogger(LetterTopic.class);

    private LetterTopic() {}

    /**
     * Reads what is committed, in order.
     *
     * @param topic which exists
     * @param kafka client properties
     * @param each is given every letter
     */
    public static void read(String topic, Map<String, Object> kafka, Consumer<DeadLetter> each) {
        try (TopicReader reader = new TopicReader(topic, kafka, record -> {
            try {
                each.accept(JournalFormat.readDeadLetter(record.value()));
            } catch (UnreadableRecordException e) {
                log.warn("Passed over on {} at offset {}, no dead letter: {}", topic, record.offset(), e.getMessage());
            }
        })) {
            reader.readToEnd();
        }
    }
}
