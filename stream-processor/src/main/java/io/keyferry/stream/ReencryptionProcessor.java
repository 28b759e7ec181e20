package io.keyferry.stream;

import io.keyferry.model.Counter;
import io.keyferry.model.DeadLetter;
import io.keyferry.model.JournalFormat;
import io.keyferry.model.Migration;
import io.keyferry.model.Progress;
import io.keyferry.model.Rewrite;
import io.keyferry.model.TableName;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;

/**
 * Turns one change into a rewrite, dead letters, or nothing, and counts it. Each task has its own, on its stream thread.
 *
 * <p>Streams commits the offset of every record whose process() has returned. So everything that a record leads to is
 * forwarded before process() returns, and nothing is kept for later: outputs, counts and offset are one transaction.
 */
final class ReencryptionProcessor implements Processor<byte[], byte[], byte[], byte[]> {

    static final String COUNTS = "counts";
    static final String JOURNAL = "journal";
    static final String DEAD_LETTERS = "dead-letters";
    static final String PROGRESS = "progress";

    private static final Duration PROGRESS_INTERVAL = Duration.ofMillis(200);

    private final Migration migration;
    private final WorkUnderWay underWay;
    private final KeyRing ring;
    private final DeadLetterLimit limit;
    private final Patience patience;
    private final RateShare share;
    private final DeadLetterMeter deadLetters;
    /** Headers told on the progress topic by this task. */
    private final Set<String> told = new HashSet<>();

    private ProcessorContext<byte[], byte[]> context;
    private ColumnAccounts accounts;

    ReencryptionProcessor(
            Migration migration,
            WorkUnderWay underWay,
            KeyRing ring,
            DeadLetterLimit limit,
            Patience patience,
            RateShare share,
            DeadLetterMeter deadLetters) {
        this.migration = migration;
        this.underWay = underWay;
        this.ring = ring;
        this.limit = limit;
        this.patience = patience;
        this.share = share;
        this.deadLetters = deadLetters;
    }

    @Override
    public void init(ProcessorContext<byte[], byte[]> context) {
        this.context = context;
        if (accounts != null) {
            throw new RevivedTask();
        }
        accounts = new ColumnAccounts(context.getStateStore(COUNTS), part());
        context.schedule(PROGRESS_INTERVAL, PunctuationType.WALL_CLOCK_TIME, this::tellProgress);
        underWay.began(this, part());
        share.began(this, part());
    }

    @Override
    public void close() {
        underWay.ended(this);
        share.ended(this);
    }

    /**
     * A task that Streams revives after a commit that timed out keeps its processor and its store. Where Kafka was away for
     * long, such a store was found empty (4.3.1, seen), and the transaction that had timed out was still open. So nothing is
     * revived: with a new thread everything is made anew, and what was begun before is fenced off.
     */
    static final class RevivedTask extends RuntimeException {

        private RevivedTask() {
            super("a task was to be revived");
        }
    }

    private int part() {
        return context.taskId().partition();
    }

    @Override
    public void process(Record<byte[], byte[]> input) {
        underWay.processing();
        try {
            reencrypt(input);
        } finally {
            underWay.processingEnded();
        }
    }

    private void reencrypt(Record<byte[], byte[]> input) {
        RecordMetadata read = context.recordMetadata().orElseThrow();
        TopicPartition partition = new TopicPartition(read.topic(), read.partition());
        RowWork work = underWay.take(partition, read.offset(), input.key(), input.value(), input.headers());
        DeadLetter.Position position = new DeadLetter.Position(read.topic(), read.partition(), read.offset());
        if (work.halt() != null) {
            throw Halt.at(position, migration, work.halt());
        } else if (work.unreadable() != null) {
            deadLetterWhole(input, position, work.unreadable());
        } else if (work.change().isPresent()) {
            settle(input, work, work.change().get(), position);
        }
        accounts.done(position);
        if (underWay.isIdle()) {
            // nothing to put in the same transaction: a live write need not wait for the next interval
            context.commit();
        }
    }

    private void settle(Record<byte[], byte[]> input, RowWork work, Change change, DeadLetter.Position position) {
        Map<String, Rewrite.Column> rewritten = new LinkedHashMap<>();
        Map<String, DeadLetter.Column> dead = new LinkedHashMap<>();
        Set<String> replayed = new HashSet<>();
        TableName table = change.table().name();
        // a row that was read by snapshot or sweep does not tell when it was written
        Instant written = change.source().snapshot() ? null : change.source().committedAt();
        for (Map.Entry<String, CompletableFuture<ColumnOutcome>> entry :
                work.outcomes().entrySet()) {
            String column = entry.getKey();
            ColumnOutcome outcome = patience.await(entry.getValue(), table, change.key(), position);
            String stored = change.row().get(column);
            if (outcome instanceof ColumnOutcome.Rewritten done) {
                rewritten.put(
                        column,
                        new Rewrite.Column(
                                stored,
                                done.newValue(),
                                done.sourceKey(),
                                migration.keys().target()));
                accounts.noteSourceKey(table, column, done.sourceKey(), Instant.now(), written);
                if (!accounts.note(position, table, column, Counter.FORWARDED, "")
                        .counted()) {
                    replayed.add(column);
                }
            } else if (outcome instanceof ColumnOutcome.Dead reason) {
                String settings = settings(change, column);
                if (accounts.note(position, table, column, Counter.DEAD_LETTERED, settings)
                        .news()) {
                    dead.put(column, new DeadLetter.Column(stored, reason.reason(), reason.message(), settings));
                }
                limit.check(table, column, change.key(), stored, accounts.of(table, column));
            } else {
                boolean empty = outcome instanceof ColumnOutcome.Empty;
                accounts.note(position, table, column, empty ? Counter.EMPTY : Counter.ALREADY_TARGET, "");
            }
        }
        if (!rewritten.isEmpty() || !work.readAgain().isEmpty()) {
            Rewrite rewrite = new Rewrite(
                    table,
                    change.key(),
                    work.contextOf(rewritten.keySet()),
                    rewritten,
                    work.readAgain(),
                    replayed,
                    change.source(),
                    Instant.now());
            forward(JournalFormat.key(table, change.key()), JournalFormat.write(rewrite), JOURNAL);
        }
        if (!dead.isEmpty()) {
            deadLetter(new DeadLetter(
                    table,
                    change.key(),
                    work.contextOf(dead.keySet()),
                    dead,
                    change.source(),
                    position,
                    Instant.now()));
        }
    }

    private String settings(Change change, String column) {
        return migration.settings(change.table().columns().stream()
                .filter(candidate -> candidate.name().equals(column))
                .findAny()
                .orElseThrow());
    }

    private void deadLetterWhole(Record<byte[], byte[]> input, DeadLetter.Position position, String message) {
        if (accounts.note(position, null, "", Counter.DEAD_LETTERED, "").news()) {
            deadLetter(new DeadLetter(
                    null,
                    Map.of(),
                    Map.of(),
                    Map.of("", new DeadLetter.Column(null, DeadLetter.Reason.UNREADABLE, message, "")),
                    new Rewrite.Source(0, null, Instant.ofEpochMilli(input.timestamp()), false),
                    position,
                    Instant.now()));
        }
        limit.checkUnreadable(position);
    }

    private void deadLetter(DeadLetter letter) {
        forward(JournalFormat.key(letter.table(), letter.key()), JournalFormat.write(letter), DEAD_LETTERS);
        deadLetters.written(letter);
    }

    private void tellProgress(long now) {
        accounts.changed().forEach(progress -> tell(progress, now));
        ring.all().forEach((header, use) -> {
            if (use.kind() != KeyRing.Kind.FOREIGN && told.add(header)) {
                tell(new Progress.LearntKey(header, use.key(), use.kind() == KeyRing.Kind.TARGET), now);
            }
        });
    }

    private void tell(Progress progress, long now) {
        context.forward(new Record<>(progress.key(), progress.value(), now), PROGRESS);
    }

    /** Under the time it is written, not that of the change: by it, a replay finds where to begin. */
    private void forward(byte[] key, byte[] value, String child) {
        context.forward(new Record<>(key, value, System.currentTimeMillis()), child);
    }
}
