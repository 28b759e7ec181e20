package io.keyferry.sink;

import io.keyferry.database.Database;
import io.keyferry.model.JournalFormat;
import io.keyferry.model.Migration;
import io.keyferry.model.Progress;
import io.keyferry.model.Rewrite;
import io.keyferry.model.TableLayout;
import io.keyferry.model.TableName;
import io.keyferry.model.Topics;
import io.keyferry.model.UnreadableLimit;
import io.keyferry.model.UnreadableRecordException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Applies the journal batch by batch, with one connection to each side. After any failure it is closed and another one
 * opened, which goes on at the committed offsets. Used by one thread.
 *
 * <p>The database commits first, then one Kafka transaction holds offsets, outcomes, dead letters and fed-in rows. A
 * crash between the two delivers the batch again: its writes find the new values there, and count them the same. A
 * batch that is read again after it was counted is applied in full, and not counted.
 */
final class ApplySession implements AutoCloseable {

    private final Topics topics;
    private final Map<TableName, Migration.Table> tables;
    private final Map<TableName, TableLayout> layouts;
    private final Resources resources = new Resources();
    private final WriterConnection writer;
    private final BatchApplier applier;
    private final Consumer<byte[], byte[]> journal;
    private final PacedJournal paced;
    private final Producer<byte[], byte[]> producer;
    private final SinkAccounts accounts;
    private final UnreadableLimit unreadable;
    private final SinkMeters meters;
    private final SinkActivity activity;
    private final SweepFormat sweepFormat;
    private final Map<String, Object> kafka;
    private final Set<Integer> toBeLoaded = new HashSet<>();
    private Map<TopicPartition, OffsetAndMetadata> committed = Map.of();

    ApplySession(
            Migration migration,
            List<TableLayout> layouts,
            Database database,
            Map<String, Object> kafka,
            UnreadableLimit unreadable,
            Pause pause,
            SinkPace pace,
            SinkMeters meters,
            SinkActivity activity)
            throws SQLException {
        this.meters = meters;
        this.activity = activity;
        this.unreadable = unreadable;
        this.kafka = kafka;
        topics = new Topics(migration.name());
        tables = migration.tables().stream().collect(Collectors.toMap(Migration.Table::name, table -> table));
        this.layouts = layouts.stream().collect(Collectors.toMap(TableLayout::name, layout -> layout));
        sweepFormat = new SweepFormat(topics.sweep());
        accounts = new SinkAccounts(migration.maxDeadLetters());
        try {
            writer = resources.add(WriterConnection.open(database, topics.slot()));
            applier = new BatchApplier(migration.tables(), layouts, writer.commitTimes(), pause, pace::wrote);
            // an open transaction ends with its producer
            producer = resources.add(
                    new KafkaProducer<>(producerConfig(), new ByteArraySerializer(), new ByteArraySerializer()),
                    opened -> opened.close(Duration.ofSeconds(2)));
            // closed first: leaving the group hands its partitions on
            journal = resources.add(
                    new KafkaConsumer<>(consumerConfig(), new ByteArrayDeserializer(), new ByteArrayDeserializer()),
                    opened -> opened.close(CloseOptions.timeout(Duration.ofSeconds(2))));
            paced = new PacedJournal(journal, pace, pause);
        } catch (SQLException | RuntimeException e) {
            resources.close();
            throw e;
        }
    }

    private Map<String, Object> producerConfig() {
        Map<String, Object> config = new HashMap<>(kafka);
        // the number is held by a lock in the database: a successor of the same number ends what this one left open
        config.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, topics.sinkGroup() + "-" + writer.number());
        config.put(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, 15_000);
        config.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, "lz4");
        config.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, Topics.LARGEST_REQUEST);
        config.put(ProducerConfig.BUFFER_MEMORY_CONFIG, (long) Topics.LARGEST_REQUEST);
        return config;
    }

    private Map<String, Object> consumerConfig() {
        Map<String, Object> config = new HashMap<>(kafka);
        config.put(ConsumerConfig.GROUP_ID_CONFIG, topics.sinkGroup());
        config.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        config.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        config.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        config.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 2000);
        // a locked row may be waited for as long as it takes; a dead process is found by its heartbeats
        config.put(ConsumerConfig.MAX_POLL_INTERVAL_MS_CONFIG, Integer.MAX_VALUE);
        config.put(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG, 10_000);
        config.put(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, 50);
        return config;
    }

    /** Joins the group; {@link #applyNext()} then has partitions, sooner or later. */
    void open() {
        producer.initTransactions();
        journal.subscribe(List.of(topics.journal()), new ConsumerRebalanceListener() {
            @Override
            public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
                // what was applied has been committed before this poll
                partitions.forEach(partition -> toBeLoaded.remove(partition.partition()));
                paced.revoked(partitions);
            }

            @Override
            public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
                partitions.forEach(partition -> toBeLoaded.add(partition.partition()));
            }
        });
    }

    /** Whoever had the partitions before has committed its last counts with its last offsets. */
    private void loadAccounts() {
        if (!toBeLoaded.isEmpty()) {
            try (ProgressReader progress = new ProgressReader(topics.progress(), kafka)) {
                progress.readToEnd();
                accounts.load(progress.records(), toBeLoaded);
            }
            toBeLoaded.clear();
        }
    }

    /** Applies the next batch and commits it, or waits a moment where there is none, or none may be applied yet. */
    void applyNext() throws SQLException {
        List<ConsumerRecord<byte[], byte[]>> records = paced.next();
        long begun = System.nanoTime();
        loadAccounts();
        if (records.isEmpty()) {
            writer.verify();
        } else {
            activity.begins("writing " + records.size() + " rewrites to the database");
        }
        BatchOutputs outputs = new BatchOutputs(topics.deadLetters(), accounts);
        List<JournalEntry> entries = read(records, outputs);
        applier.apply(writer.connection(), entries).forEach(outputs::settled);
        applier.readAgain(writer.connection(), entries, outputs::settled)
                .forEach((entry, row) -> outputs.fedIn(feed(entry.rewrite(), row)));
        // before anything is recorded: once the cause is cured, the batch is tried again
        accounts.checkDeadLetters();
        commit(outputs.records());
        if (!records.isEmpty()) {
            meters.committed(records.size(), Duration.ofNanos(System.nanoTime() - begun), outputs.deadLetters());
        }
        activity.comesRound(
                journal.groupMetadata().generationId() >= 0,
                journal.assignment().size());
    }

    private List<JournalEntry> read(List<ConsumerRecord<byte[], byte[]>> records, BatchOutputs outputs) {
        List<JournalEntry> entries = new ArrayList<>();
        for (ConsumerRecord<byte[], byte[]> record : records) {
            try {
                JournalEntry entry =
                        new JournalEntry(BatchOutputs.position(record), JournalFormat.readRewrite(record.value()));
                Map<String, Settlement> refused = applier.refused(entry);
                outputs.settled(new BatchApplier.Settled(entry, refused));
                entries.add(refused.isEmpty() ? entry : entry.without(refused.keySet()));
            } catch (UnreadableRecordException e) {
                outputs.unreadable(record, e);
                unreadable.check(BatchOutputs.position(record));
            }
        }
        // nothing is left of those that were refused as a whole
        entries.removeIf(entry -> entry.columns().findAny().isEmpty());
        return entries;
    }

    private ProducerRecord<byte[], byte[]> feed(Rewrite rewrite, RowReader.Row row) {
        return sweepFormat.record(
                layouts.get(rewrite.table()),
                row,
                rewrite.readAgain(),
                tables.get(rewrite.table()).contextColumns());
    }

    private void commit(List<ProducerRecord<byte[], byte[]>> outputs) {
        Map<TopicPartition, OffsetAndMetadata> positions = paced.positions();
        if (positions.equals(committed)) {
            return;
        }
        // a batch is noted out of order, so only now that all of it has been
        positions.forEach((partition, position) -> accounts.done(partition, position.offset()));
        activity.begins("committing to Kafka");
        producer.beginTransaction();
        outputs.forEach(producer::send);
        for (Progress progress : accounts.changed()) {
            producer.send(new ProducerRecord<>(topics.progress(), progress.key(), progress.value()));
        }
        producer.sendOffsetsToTransaction(positions, journal.groupMetadata());
        // fails where one of the records could not be sent
        producer.commitTransaction();
        committed = positions;
    }

    @Override
    public void close() {
        resources.close();
    }
}
