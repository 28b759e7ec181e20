package io.keyferry.sink;

import io.keyferry.model.Counter;
import io.keyferry.model.Counts;
import io.keyferry.model.DeadLetter;
import io.keyferry.model.PartAccounts;
import io.keyferry.model.Progress;
import io.keyferry.model.Rewrite;
import io.keyferry.model.TableName;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.common.TopicPartition;

/** Topics, positions and accounts of the model: what is durable, and what a crash of a stage forgets. */
final class ModelPipeline {

    static final TableName TABLE = new TableName("public", "protocol");
    private static final String STREAMED = "changes";
    private static final String READ = "sweep";
    private static final String JOURNAL = "journal";

    private final Map<String, List<ModelApplication.Change>> changes =
            Map.of(STREAMED, new ArrayList<>(), READ, new ArrayList<>());
    private final Map<String, Integer> processed = new HashMap<>(Map.of(STREAMED, 0, READ, 0));
    private final List<Rewrite> journal = new ArrayList<>();
    private final PartAccounts processorAccounts = new PartAccounts("stream-processor", 0, true);
    private final List<Progress> sinkProgress = new ArrayList<>();
    private int applied;

    void stream(List<ModelApplication.Change> committed) {
        changes.get(STREAMED).addAll(committed);
    }

    void read(ModelApplication.Change row) {
        changes.get(READ).add(row);
    }

    void process(boolean streamed, int records) {
        String topic = streamed ? STREAMED : READ;
        for (int i = 0; i < records && processed.get(topic) < changes.get(topic).size(); i++) {
            int offset = processed.get(topic);
            process(topic, offset, changes.get(topic).get(offset));
            processorAccounts.done(topic, offset);
            processed.put(topic, offset + 1);
        }
    }

    private void process(String topic, int offset, ModelApplication.Change change) {
        Map<String, Rewrite.Column> columns = new TreeMap<>();
        Set<String> replayed = new HashSet<>();
        Map<String, String> stored = new TreeMap<>();
        stored.put("ssn", change.ssn());
        stored.put("card", change.card());
        stored.forEach((column, value) -> {
            Counter outcome = value == null
                    ? Counter.EMPTY
                    : ModelValue.isUnderSource(value) ? Counter.FORWARDED : Counter.ALREADY_TARGET;
            boolean counted = processorAccounts
                    .note(topic, offset, TABLE, column, outcome, "")
                    .counted();
            if (outcome == Counter.FORWARDED) {
                String context = column.equals("ssn") ? change.tenant() : "";
                columns.put(
                        column, new Rewrite.Column(value, ModelValue.reEncrypted(value, context), "source", "target"));
                if (!counted) {
                    replayed.add(column);
                }
            }
        });
        if (!columns.isEmpty()) {
            journal.add(new Rewrite(
                    TABLE,
                    Map.of("id", String.valueOf(change.id())),
                    columns.containsKey("ssn") ? Map.of("tenant", change.tenant()) : Map.of(),
                    columns,
                    List.of(),
                    replayed,
                    new Rewrite.Source(1, change.txId(), Instant.EPOCH, change.txId() == null),
                    Instant.EPOCH));
        }
    }

    void processAgain(boolean streamed, int records) {
        processed.computeIfPresent(streamed ? STREAMED : READ, (topic, position) -> Math.max(0, position - records));
    }

    /** The next of the journal. */
    List<JournalEntry> next(int records) {
        List<JournalEntry> entries = new ArrayList<>();
        for (int offset = applied; offset < Math.min(journal.size(), applied + records); offset++) {
            entries.add(new JournalEntry(new DeadLetter.Position(JOURNAL, 0, offset), journal.get(offset)));
        }
        return entries;
    }

    void applyAgain(int records) {
        applied = Math.max(0, applied - records);
    }

    /** Records what became of a batch together with the position after it, as one transaction of Kafka. */
    void commit(int records, List<BatchApplier.Settled> settled) {
        SinkAccounts accounts = new SinkAccounts(0);
        accounts.load(sinkProgress, Set.of(0));
        BatchOutputs outputs = new BatchOutputs("dead-letters", accounts);
        settled.forEach(outputs::settled);
        applied += records;
        accounts.done(new TopicPartition(JOURNAL, 0), applied);
        accounts.checkDeadLetters();
        sinkProgress.addAll(accounts.changed());
    }

    boolean isDrained() {
        return applied == journal.size()
                && processed.entrySet().stream()
                        .allMatch(topic ->
                                topic.getValue() == changes.get(topic.getKey()).size());
    }

    /** What both stages counted in a column. */
    Counts counts(String column) {
        Counts sink = Counts.NONE;
        for (Progress record : sinkProgress) {
            if (record instanceof Progress.ColumnCounts counts
                    && counts.column().equals(column)) {
                sink = counts.counts();
            }
        }
        return sink.plus(processorAccounts.of(TABLE, column));
    }

    /** How many values of a column changes have brought. */
    long seen() {
        return changes.values().stream().mapToLong(List::size).sum();
    }
}
