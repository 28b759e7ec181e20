package io.keyferry.sink;

import io.keyferry.model.Counter;
import io.keyferry.model.Migration;
import io.keyferry.model.Progress;
import io.keyferry.model.TableLayout;
import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * One reading of all tables. What is not known to be under the target key is looked at again once the pipeline has
 * applied all that was committed by then; what still is as it was has not been brought by snapshot and CDC, and is fed
 * in. Used by one thread.
 */
final class SweepPass {

    private static final int CHUNK = 1000;
    private static final int CANDIDATES = 5000;

    private final List<Migration.Table> tables;
    private final Connection connection;
    private final PipelineBarrier barrier;
    private final ProgressReader progress;
    private final OpenValues open;
    private final DeadLetterIndex deadLetters;
    private final SweepFormat format;
    private final Consumer<List<ProducerRecord<byte[], byte[]>>> feed;
    private final Set<ByteBuffer> done;
    private final Pause pause;

    private final Map<String, Long> remaining = new TreeMap<>();
    private final List<Candidate> candidates = new ArrayList<>();
    private final List<Candidate> undecided = new ArrayList<>();
    private long dead;

    /** What a pass works with; the same over all passes. */
    record Parts(
            Migration migration,
            List<TableLayout> layouts,
            Connection connection,
            PipelineBarrier barrier,
            ProgressReader progress,
            DeadLetterIndex deadLetters,
            SweepFormat format,
            Consumer<List<ProducerRecord<byte[], byte[]>>> feed,
            Set<ByteBuffer> done,
            Pause pause) {}

    private record Candidate(Migration.Table table, StoredValue value) {}

    SweepPass(Parts parts) {
        tables = parts.migration().tables();
        connection = parts.connection();
        barrier = parts.barrier();
        progress = parts.progress();
        open = new OpenValues(parts);
        deadLetters = parts.deadLetters();
        format = parts.format();
        feed = parts.feed();
        done = parts.done();
        pause = parts.pause();
    }

    /**
     * Runs the pass, and returns when everything it fed in has been applied.
     *
     * @return what it found; empty where an undo has put values back meanwhile, perhaps behind it
     */
    Optional<Progress.Sweep> run(long number) throws SQLException {
        Optional<Progress.Undone> undone = progress.undone();
        Instant began = databaseTime();
        open.learn();
        long settledBefore = settledBySink();
        long lettersBefore = deadLetters.letters();
        for (Migration.Table table : tables) {
            scan(table);
        }
        feedWhatRemains();
        // also where nothing was found: what was committed during the pass decides whether it was quiet
        barrier.await(connection);
        noteWhatStayed();
        progress.readToEnd();
        if (!progress.undone().equals(undone)) {
            return Optional.empty();
        }
        boolean quiet = settledBySink() == settledBefore && deadLetters.letters() == lettersBefore;
        return Optional.of(new Progress.Sweep(number, quiet, remaining, dead, Optional.of(began)));
    }

    /** What transactions of the database can be compared with. */
    private Instant databaseTime() throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT clock_timestamp()")) {
            row.next();
            return row.getObject(1, OffsetDateTime.class).toInstant();
        }
    }

    private long settledBySink() {
        return progress.of(Progress.ColumnCounts.class).stream()
                .filter(counts -> counts.stage().equals(SinkAccounts.STAGE))
                .mapToLong(counts -> counts.counts().get(Counter.REWRITTEN)
                        + counts.counts().get(Counter.SUPERSEDED)
                        + counts.counts().get(Counter.DEAD_LETTERED))
                .sum();
    }

    private void scan(Migration.Table table) throws SQLException {
        TableLayout layout = open.layout(table);
        RowReader reader = new RowReader(table, layout);
        Map<String, String> after = null;
        List<RowReader.Row> rows;
        do {
            pause.sleep(Duration.ZERO);
            pause.awaitResumed();
            rows = reader.next(connection, after, CHUNK);
            for (RowReader.Row row : rows) {
                after = RowReader.key(layout, row);
                open.columns(table, row).forEach(value -> candidates.add(new Candidate(table, value)));
            }
            if (candidates.size() >= CANDIDATES) {
                feedWhatRemains();
            }
            if (undecided.size() >= CANDIDATES) {
                barrier.await(connection);
                noteWhatStayed();
            }
        } while (rows.size() == CHUNK);
    }

    private void feedWhatRemains() throws SQLException {
        if (candidates.isEmpty()) {
            return;
        }
        barrier.await(connection);
        open.learn();
        for (Map.Entry<Migration.Table, List<Candidate>> byTable :
                byTable(candidates).entrySet()) {
            Migration.Table table = byTable.getKey();
            Map<RowReader.Row, List<String>> feedable = new LinkedHashMap<>();
            unchanged(table, byTable.getValue(), (candidate, row) -> {
                StoredValue held = candidate.value();
                StoredValue value = open.value(table, held.key(), held.column(), row);
                if (!open.isOpen(table, value)) {
                    return;
                }
                remaining.merge(table.name() + "." + value.column(), 1L, Long::sum);
                if (open.isDead(value)) {
                    dead++;
                } else {
                    feedable.computeIfAbsent(row, first -> new ArrayList<>()).add(value.column());
                    if (!open.hasHeader(table, value)) {
                        undecided.add(new Candidate(table, value));
                    }
                }
            });
            feed.accept(feedable.entrySet().stream()
                    .map(row -> format.record(open.layout(table), row.getKey(), row.getValue(), table.contextColumns()))
                    .toList());
        }
        candidates.clear();
    }

    /**
     * A value without a header that can be learnt, which was fed in, is as it was after everything has been applied, and
     * is no dead letter, is one that KMS said is under the target key. It is remembered by itself.
     */
    private void noteWhatStayed() throws SQLException {
        deadLetters.readToEnd();
        for (Map.Entry<Migration.Table, List<Candidate>> byTable :
                byTable(undecided).entrySet()) {
            unchanged(byTable.getKey(), byTable.getValue(), (candidate, row) -> {
                StoredValue value = candidate.value();
                if (!open.isDead(value)) {
                    done.add(value.fingerprint());
                }
            });
        }
        undecided.clear();
    }

    private interface Unchanged {
        void accept(Candidate candidate, RowReader.Row row);
    }

    /** Reads the candidates' rows again and passes on those whose column holds what it held. */
    private void unchanged(Migration.Table table, List<Candidate> of, Unchanged then) throws SQLException {
        Set<Map<String, String>> keys = new LinkedHashSet<>();
        of.forEach(candidate -> keys.add(candidate.value().key()));
        List<Map<String, String>> list = List.copyOf(keys);
        Map<Map<String, String>, RowReader.Row> rows = new LinkedHashMap<>();
        for (int from = 0; from < list.size(); from += CHUNK) {
            List<Map<String, String>> chunk = list.subList(from, Math.min(list.size(), from + CHUNK));
            List<Optional<RowReader.Row>> read = new RowReader(table, open.layout(table)).read(connection, chunk);
            for (int i = 0; i < chunk.size(); i++) {
                Map<String, String> key = chunk.get(i);
                read.get(i).ifPresent(row -> rows.put(key, row));
            }
        }
        for (Candidate candidate : of) {
            RowReader.Row row = rows.get(candidate.value().key());
            if (row != null
                    && candidate
                            .value()
                            .stored()
                            .equals(row.columns().get(candidate.value().column()))) {
                then.accept(candidate, row);
            }
        }
    }

    private static Map<Migration.Table, List<Candidate>> byTable(List<Candidate> candidates) {
        return new HashSet<>(candidates)
                .stream().collect(Collectors.groupingBy(Candidate::table, LinkedHashMap::new, Collectors.toList()));
    }
}
