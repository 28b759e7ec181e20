package io.keyferry.cli.audit;

import io.keyferry.cli.kafka.KafkaAccess;
import io.keyferry.cli.kafka.SingleRecord;
import io.keyferry.cli.terminal.Operator;
import io.keyferry.model.AuditEntry;
import io.keyferry.model.KeyFerryException;
import io.keyferry.model.Migration;
import io.keyferry.model.Topics;
import io.keyferry.model.UnreadableRecordException;
import io.keyferry.sink.TopicReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What operators did to a migration, on a topic of its own, which keeps everything until {@code keyferry clean} puts it
 * into a file. Whoever changes something writes first: what could not be written is not done.
 */
public final class AuditLog {

    private static final Logger log = LoggerFactory.getLogger(AuditLog.class);

    private final Migration migration;
    private final KafkaAccess kafka;
    private final Topics.Topic topic;

    public AuditLog(Migration migration, KafkaAccess kafka) {
        this.migration = migration;
        this.kafka = kafka;
        topic = new Topics(migration.name()).auditTopic();
    }

    /**
     * Returns when every replica that is in sync has the entry.
     *
     * @param action the command
     * @param details what it is told, or has done, by name; never a value
     */
    public void write(String action, Map<String, String> details) {
        write(new AuditEntry(Operator.now(), Operator.name(), action, details));
    }

    /** The same for what somebody else does, or at another time. */
    public void write(AuditEntry entry) {
        kafka.createTopic(migration, topic);
        try {
            SingleRecord.write(kafka, new ProducerRecord<>(topic.name(), 0, null, entry.value()));
        } catch (ExecutionException e) {
            throw failure(entry, e.getCause().getMessage(), e);
        } catch (KafkaException e) {
            throw failure(entry, e.getMessage(), e);
        } catch (TimeoutException e) {
            throw failure(entry, "it does not answer", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw failure(entry, "interrupted", e);
        }
    }

    private KeyFerryException failure(AuditEntry entry, String why, Exception cause) {
        return new KeyFerryException(
                "Kafka at " + kafka.description() + " has not taken the audit log's entry of " + entry.action() + ": "
                        + why + ". Nothing is done that is not written there; correct this, and try again.",
                cause);
    }

    /** All entries, the oldest first. */
    public List<AuditEntry> read() {
        kafka.createTopic(migration, topic);
        List<AuditEntry> entries = new ArrayList<>();
        try (TopicReader reader = new TopicReader(topic.name(), kafka.properties(), record -> {
            try {
                entries.add(AuditEntry.read(record.value()));
            } catch (UnreadableRecordException e) {
                log.warn("Passed over on {} at offset {}: {}", record.topic(), record.offset(), e.getMessage());
            }
        })) {
            reader.readToEnd();
        } catch (KafkaException e) {
            throw new KeyFerryException(
                    "Topic " + topic.name() + " at " + kafka.description() + " cannot be read: " + e.getMessage(), e);
        }
        return entries;
    }
}
