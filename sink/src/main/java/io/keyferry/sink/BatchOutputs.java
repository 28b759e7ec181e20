package io.keyferry.sink;

import io.keyferry.model.Counter;
import io.keyferry.model.DeadLetter;
import io.keyferry.model.JournalFormat;
import io.keyferry.model.Rewrite;
import io.keyferry.model.UnreadableRecordException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;

/** What one batch of the journal leaves behind: counts, dead letters, and rows to be fed in. Used by one thread. */
final class BatchOutputs {

    private final String deadLetterTopic;
    private final SinkAccounts accounts;
    private final List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
    private final List<DeadLetter> deadLetters = new ArrayList<>();

    BatchOutputs(String deadLetterTopic, SinkAccounts accounts) {
        this.deadLetterTopic = deadLetterTopic;
        this.accounts = accounts;
    }

    static DeadLetter.Position position(ConsumerRecord<byte[], byte[]> record) {
        return new DeadLetter.Position(record.topic(), record.partition(), record.offset());
    }

    /** A record that is no rewrite; dead-lettered, unless it was when it was read before. */
    void unreadable(ConsumerRecord<byte[], byte[]> record, UnreadableRecordException reason) {
        DeadLetter.Position position = position(record);
        if (accounts.note(position, null, "", Counter.DEAD_LETTERED, "").news()) {
            DeadLetter.Column whole =
                    new DeadLetter.Column(null, DeadLetter.Reason.UNREADABLE, reason.getMessage(), "");
            Rewrite.Source source = new Rewrite.Source(0, null, Instant.ofEpochMilli(record.timestamp()), false);
            deadLetter(new DeadLetter(null, Map.of(), Map.of(), Map.of("", whole), source, position, Instant.now()));
        }
    }

    void settled(BatchApplier.Settled settled) {
        Rewrite rewrite = settled.entry().rewrite();
        DeadLetter.Position position = settled.entry().position();
        Map<String, DeadLetter.Column> dead = new HashMap<>();
        settled.columns().forEach((column, settlement) -> {
            if (settlement instanceof Settlement.Refused refused) {
                if (note(settled.entry(), column, Counter.DEAD_LETTERED, refused.settings())) {
                    Rewrite.Column values = rewrite.columns().get(column);
                    String old = values == null ? null : values.oldValue();
                    dead.put(
                            column,
                            new DeadLetter.Column(old, refused.reason(), refused.message(), refused.settings()));
                }
            } else {
                boolean rewritten = settlement instanceof Settlement.Rewritten;
                note(settled.entry(), column, rewritten ? Counter.REWRITTEN : Counter.SUPERSEDED, "");
            }
        });
        if (!dead.isEmpty()) {
            deadLetter(new DeadLetter(
                    rewrite.table(),
                    rewrite.key(),
                    rewrite.context(),
                    dead,
                    rewrite.source(),
                    position,
                    Instant.now()));
        }
    }

    /** Whether a dead letter about the column would say what none has said before. */
    private boolean note(JournalEntry entry, String column, Counter outcome, String settings) {
        Rewrite rewrite = entry.rewrite();
        if (!rewrite.columns().containsKey(column) || rewrite.replayed().contains(column)) {
            // no value, or one that an earlier rewrite of the same change has counted
            return true;
        }
        return accounts.note(entry.position(), rewrite.table(), column, outcome, settings)
                .news();
    }

    void fedIn(ProducerRecord<byte[], byte[]> change) {
        records.add(change);
    }

    private void deadLetter(DeadLetter letter) {
        deadLetters.add(letter);
        records.add(new ProducerRecord<>(
                deadLetterTopic, JournalFormat.key(letter.table(), letter.key()), JournalFormat.write(letter)));
    }

    /** All that is to be written, dead letters included. */
    List<ProducerRecord<byte[], byte[]>> records() {
        return records;
    }

    List<DeadLetter> deadLetters() {
        return deadLetters;
    }
}
