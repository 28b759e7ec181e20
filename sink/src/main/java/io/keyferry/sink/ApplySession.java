package io.keyferry.sink;

import io.keyferry.database.Database;
import io.keyferry.model.Counter;
import io.keyferry.model.DeadLetter;
import io.keyferry.model.JournalFormat;
import io.keyferry.model.Migration;
import io.keyferry.model.Progress;
import io.keyferry.model.Rewrite;
import io.keyferry.model.TableLayout;
import io.keyferry.model.TableName;
import io.keyferry.model.Topics;
import io.keyferry.model.UnreadableRecordException;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
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
import org.apache.kafka.clients.consumer.ConsumerRecords;
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
 * crash between the two delivers the batch again: its writes find the new values there, and count them the same.
 */
final class ApplySession implements AutoCloseable {

    private static final Duration POLL = Duration.ofMillis(100);

    private final Topics topics;
    private final Map<TableName, Migration.Table> tables;
    private final Map<TableName, TableLayout> layouts;
    private final Resources resources = new Resources();
    private final WriterConnection writer;
    private final BatchApplier applier;
    private final Consumer<byte[], byte[]> journal;
    private final Producer<byte[], byte[]> producer;
    private final SinkAccounts accounts;
    private final SweepFormat sweepFormat;
    private final Map<String, Object> kafka;
    private final Set<Integer> toBeLoaded = new HashSet<>();
    private Map<TopicPartition, OffsetAndMetadata> committed = Map.of();

    ApplySession(
            Migration migration, List<TableLayout> layouts, Database database, Map<String, Object> kafka, Pause pause)
            throws SQLException {
        this.kafka = kafka;
        topics = new Topics(migration.name());
        tables = migration.tables().stream().collect(Collectors.toMap(Migration.Table::name, table -> table));
        this.layouts = layouts.stream().collect(Collectors.toMap(TableLayout::name, layout -> layout));
        applier = new BatchApplier(migration.tables(), layouts, pause);
        sweepFormat = new SweepFormat(topics.sweep());
        accounts = new SinkAccounts(migration.maxDeadLetters());
        try {
            writer = resources.add(WriterConnection.open(database, topics.slot()));
            // an open transaction ends with its producer
            producer = resources.add(
                    new KafkaProducer<>(producerConfig(), new ByteArraySerializer(), new ByteArraySerializer()),
                    opened -> opened.close(Duration.ofSeconds(2)));
            // closed first: leaving the group hands its partitions on
            journal = resources.add(
                    new KafkaConsumer<>(consumerConfig(), new ByteArrayDeserializer(), new ByteArrayDeserializer()),
                    opened -> opened.close(CloseOptions.timeout(Duration.ofSeconds(2))));
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

    /** Applies the next batch and commits it, or waits a moment where there is none. */
    void applyNext() throws SQLException {
        ConsumerRecords<byte[], byte[]> records = journal.poll(POLL);
        loadAccounts();
        List<ProducerRecord<byte[], byte[]>> outputs = new ArrayList<>();
        List<JournalEntry> entries = read(records, outputs);
        for (BatchApplier.Settled settled : applier.apply(writer.connection(), entries)) {
            count(settled, outputs);
        }
        applier.readAgain(writer.connection(), entries)
                .forEach((entry, row) -> outputs.add(feed(entry.rewrite(), row)));
        // before anything is recorded: once the cause is cured, the batch is tried again
        accounts.checkDeadLetters();
        commit(outputs);
    }

    private List<JournalEntry> read(
            ConsumerRecords<byte[], byte[]> records, List<ProducerRecord<byte[], byte[]>> outputs) {
        List<JournalEntry> entries = new ArrayList<>();
        for (ConsumerRecord<byte[], byte[]> record : records) {
            DeadLetter.Position position = new DeadLetter.Position(record.topic(), record.partition(), record.offset());
            try {
                if (record.value() == null) {
                    throw new UnreadableRecordException("without a value");
                }
                entries.add(new JournalEntry(position, JournalFormat.readRewrite(record.value())));
            } catch (UnreadableRecordException e) {
                Map<String, DeadLetter.Column> whole =
                        Map.of("", new DeadLetter.Column(null, DeadLetter.Reason.UNREADABLE, e.getMessage()));
                Rewrite.Source source = new Rewrite.Source(0, null, Instant.ofEpochMilli(record.timestamp()), false);
                outputs.add(
                        deadLetter(new DeadLetter(null, Map.of(), Map.of(), whole, source, position, Instant.now())));
            }
        }
        return entries;
    }

    private void count(BatchApplier.Settled settled, List<ProducerRecord<byte[], byte[]>> outputs) {
        Rewrite rewrite = settled.entry().rewrite();
        DeadLetter.Position position = settled.entry().position();
        Map<String, DeadLetter.Column> dead = new HashMap<>();
        settled.columns().forEach((column, settlement) -> {
            Counter outcome;
            if (settlement instanceof Settlement.Refused refused) {
                outcome = Counter.DEAD_LETTERED;
                String old = rewrite.columns().get(column).oldValue();
                dead.put(column, new DeadLetter.Column(old, refused.reason(), refused.message()));
            } else {
                outcome = settlement instanceof Settlement.Rewritten ? Counter.REWRITTEN : Counter.SUPERSEDED;
            }
            accounts.count(position.partition(), rewrite.table(), column, outcome);
        });
        if (!dead.isEmpty()) {
            outputs.add(deadLetter(new DeadLetter(
                    rewrite.table(),
                    rewrite.key(),
                    rewrite.context(),
                    dead,
                    rewrite.source(),
                    position,
                    Instant.now())));
        }
    }

    private ProducerRecord<byte[], byte[]> deadLetter(DeadLetter letter) {
        return new ProducerRecord<>(
                topics.deadLetters(), JournalFormat.key(letter.table(), letter.key()), JournalFormat.write(letter));
    }

    private ProducerRecord<byte[], byte[]> feed(Rewrite rewrite, RowReader.Row row) {
        return sweepFormat.record(
                layouts.get(rewrite.table()),
                row,
                rewrite.readAgain(),
                tables.get(rewrite.table()).contextColumns());
    }

    /** Positions, not the last record's offset: past the transaction markers too, so that the end can be seen. */
    private void commit(List<ProducerRecord<byte[], byte[]>> outputs) {
        Map<TopicPartition, OffsetAndMetadata> positions = new HashMap<>();
        for (TopicPartition partition : journal.assignment()) {
            positions.put(partition, new OffsetAndMetadata(journal.position(partition)));
        }
        if (positions.equals(committed)) {
            return;
        }
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
