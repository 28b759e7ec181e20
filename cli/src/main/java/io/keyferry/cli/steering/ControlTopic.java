package io.keyferry.cli.steering;

import io.keyferry.cli.audit.AuditLog;
import io.keyferry.cli.kafka.ExistingKafka;
import io.keyferry.cli.kafka.KafkaAccess;
import io.keyferry.cli.kafka.SingleRecord;
import io.keyferry.cli.terminal.UsageException;
import io.keyferry.model.Control;
import io.keyferry.model.KeyFerryException;
import io.keyferry.model.Migration;
import io.keyferry.model.Steering;
import io.keyferry.model.Topics;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** The migration's control topic, as those who steer write to it. */
public final class ControlTopic {

    private static final int ANSWER_SECONDS = 30;

    private final String topic;
    private final KafkaAccess kafka;
    private final AuditLog audit;

    public ControlTopic(Migration migration, KafkaAccess kafka) {
        topic = new Topics(migration.name()).control();
        this.kafka = kafka;
        audit = new AuditLog(migration, kafka);
    }

    /** Opens the migration's Kafka, where there has been a run: otherwise there is nothing to steer. */
    public static KafkaAccess open(Migration migration, Path file) {
        if (!ExistingKafka.isThere(migration, file)) {
            throw new UsageException("there is no keyferry-data beside " + file
                    + ", so that there is no migration: it has not run yet, or runs elsewhere");
        }
        return KafkaAccess.of(migration, file);
    }

    /** What holds now. */
    public Steering read() {
        requireTopic();
        try (ControlWatch watch = new ControlWatch(topic, kafka.properties(), steering -> {})) {
            return watch.now();
        }
    }

    /**
     * Returns when every replica that is in sync has the record: from then on it holds, also after restarts. The audit log
     * has it first.
     */
    public void write(Control control) {
        requireTopic();
        audit.write(control.audited());
        try {
            SingleRecord.write(kafka, new ProducerRecord<>(topic, 0, control.key(), control.value()));
        } catch (ExecutionException | TimeoutException e) {
            throw silent(e);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    /** @throws UsageException where there is none: the migration has not run yet */
    public void requireTopic() {
        try (Admin admin = Admin.create(kafka.properties())) {
            admin.describeTopics(List.of(topic)).allTopicNames().get(ANSWER_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof UnknownTopicOrPartitionException) {
                throw new UsageException("Kafka at " + kafka.description() + " has no topic " + topic
                        + ", so that there is no migration: it has not run yet, or runs elsewhere");
            }
            throw silent(e);
        } catch (TimeoutException e) {
            throw silent(e);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    private KeyFerryException silent(Exception e) {
        String why = e.getCause() == null ? "it does not answer" : e.getCause().getMessage();
        return new KeyFerryException(
                "Kafka at " + kafka.description() + " has not taken it: " + why
                        + ". Whether it was written is not known; see keyferry status, and try again.",
                e);
    }

    private static KeyFerryException interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        return new KeyFerryException("interrupted while waiting for Kafka", e);
    }
}
