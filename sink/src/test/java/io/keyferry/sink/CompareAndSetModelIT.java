package io.keyferry.sink;

import static org.assertj.core.api.Assertions.assertThat;

import io.keyferry.model.Counter;
import io.keyferry.model.Counts;
import io.keyferry.sandbox.SandboxPostgres;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/**
 * Random interleavings of application, snapshot, change data capture, stream-processor and sink, with the real
 * compare-and-set on a real server. Whatever the order, no live write is overwritten, no value is lost, and the accounts
 * add up.
 *
 * <p>More interleavings: {@code -Djqwik.tries.default=5000}. A failure is told shortened, and with the seed for
 * {@code @Property(seed = …)}.
 */
class CompareAndSetModelIT {

    private static final int ROWS = 4;

    private static SandboxPostgres postgres;
    private static final List<Connection> connections = new ArrayList<>();

    @BeforeContainer
    static void start() throws SQLException {
        postgres = SandboxPostgres.start(0, null, Map.of());
        for (int i = 0; i < 5; i++) {
            connections.add(postgres.connect());
        }
        try (Statement sql = connections.get(4).createStatement()) {
            sql.execute("CREATE TABLE protocol (id integer PRIMARY KEY, ssn text, card text, tenant text)");
        }
    }

    @AfterContainer
    static void stop() throws SQLException {
        for (Connection connection : connections) {
            connection.close();
        }
        postgres.close();
    }

    @Provide
    Arbitrary<List<ProtocolStep>> interleavings() {
        Arbitrary<ProtocolStep> application = application().map(step -> step);
        Arbitrary<Integer> few = Arbitraries.integers().between(1, 6);
        Arbitrary<Boolean> either = Arbitraries.of(true, false);
        return Arbitraries.frequencyOf(
                        Tuple.of(12, application),
                        Tuple.of(2, Combinators.combine(ids(), ids()).as(ProtocolStep.Read::new)),
                        Tuple.of(5, Combinators.combine(either, few).as(ProtocolStep.Process::new)),
                        Tuple.of(1, Combinators.combine(either, few).as(ProtocolStep.ProcessAgain::new)),
                        Tuple.of(
                                6,
                                Combinators.combine(
                                                few,
                                                Arbitraries.of(true, true, false),
                                                application().list().ofMaxSize(4))
                                        .as(ProtocolStep.Apply::new)),
                        Tuple.of(1, few.map(ProtocolStep.ApplyAgain::new)))
                .list()
                .ofMinSize(1)
                .ofMaxSize(60);
    }

    private static Arbitrary<Integer> ids() {
        return Arbitraries.integers().between(1, ROWS);
    }

    private static Arbitrary<ProtocolStep.Application> application() {
        Arbitrary<Integer> sessions = Arbitraries.integers().between(0, 2);
        return Arbitraries.frequencyOf(
                Tuple.of(
                        4,
                        Combinators.combine(
                                        sessions,
                                        Arbitraries.of(ProtocolStep.Operation.class),
                                        ids(),
                                        ids(),
                                        Arbitraries.of(true, true, false),
                                        Arbitraries.of(ProtocolStep.Columns.class))
                                .as(ProtocolStep.Write::new)),
                Tuple.of(
                        1,
                        Combinators.combine(Arbitraries.integers().between(1, 2), Arbitraries.of(true, true, false))
                                .as(ProtocolStep.End::new)));
    }

    @Property
    void noInterleavingLosesOrUndoesAWriteOrLeavesAValueUncounted(@ForAll("interleavings") List<ProtocolStep> steps)
            throws Exception {
        try (Interleaving interleaving = new Interleaving(connections)) {
            for (ProtocolStep step : steps) {
                interleaving.run(step);
            }
            interleaving.drain();
            interleaving.assertDone();
        }
    }

    /** One try: the table from its beginning, and all that happens to it. */
    private static final class Interleaving implements AutoCloseable {

        private final Connection onlooker;
        private final ModelPipeline pipeline = new ModelPipeline();
        private final ModelApplication application;
        private final ModelSink sink;
        private final Set<Integer> unread = new HashSet<>();
        private boolean streaming;
        private List<JournalEntry> batch = List.of();
        private boolean commits;

        Interleaving(List<Connection> connections) throws SQLException {
            onlooker = connections.get(4);
            try (Statement sql = onlooker.createStatement()) {
                sql.execute("TRUNCATE protocol");
            }
            application = new ModelApplication(connections.subList(0, 3), this::streamed);
            sink = new ModelSink(connections.get(3), onlooker);
            for (int id = 1; id < ROWS; id++) {
                application.run(
                        new ProtocolStep.Write(
                                0, ProtocolStep.Operation.INSERT, id, id, true, ProtocolStep.Columns.BOTH),
                        Set.of());
                // from before the slot: only the snapshot brings it
                unread.add(id);
            }
            streaming = true;
        }

        private void streamed(List<ModelApplication.Change> changes) {
            if (streaming) {
                pipeline.stream(changes);
            }
        }

        void run(ProtocolStep step) throws Exception {
            if (step instanceof ProtocolStep.Application act) {
                application.run(act, sinkWaitsIn());
                endBatchIfDone();
            } else if (step instanceof ProtocolStep.Read read) {
                read(Math.min(read.from(), read.to()), Math.max(read.from(), read.to()));
            } else if (step instanceof ProtocolStep.Process process) {
                pipeline.process(process.streamed(), process.records());
            } else if (step instanceof ProtocolStep.ProcessAgain again) {
                pipeline.processAgain(again.streamed(), again.records());
            } else if (!sink.isWaiting()) {
                if (step instanceof ProtocolStep.Apply apply) {
                    apply(apply);
                } else if (step instanceof ProtocolStep.ApplyAgain again) {
                    pipeline.applyAgain(again.records());
                }
            }
        }

        private Set<Integer> sinkWaitsIn() {
            Set<Integer> ids = new HashSet<>();
            if (sink.isWaiting()) {
                batch.forEach(
                        entry -> ids.add(Integer.valueOf(entry.rewrite().key().get("id"))));
            }
            return ids;
        }

        private void read(int from, int to) throws SQLException {
            try (Statement sql = onlooker.createStatement();
                    ResultSet rows = sql.executeQuery(
                            "SELECT id, ssn, card, tenant FROM protocol WHERE id BETWEEN " + from + " AND " + to)) {
                while (rows.next()) {
                    pipeline.read(new ModelApplication.Change(
                            rows.getInt(1), rows.getString(2), rows.getString(3), rows.getString(4), null));
                }
            }
            for (int id = from; id <= to; id++) {
                unread.remove(id);
            }
        }

        private void apply(ProtocolStep.Apply apply) throws Exception {
            batch = pipeline.next(apply.records());
            commits = apply.commits();
            Deque<ProtocolStep.Application> between = new ConcurrentLinkedDeque<>(apply.between());
            sink.begin(batch, () -> {
                // not after it has waited: the application has gone on by itself then
                if (!between.isEmpty()) {
                    application.run(between.poll(), Set.of());
                }
            });
            between.clear();
            endBatchIfDone();
        }

        private void endBatchIfDone() throws Exception {
            if (sink.isWaiting()) {
                sink.awaitLockOrEnd();
            }
            if (!batch.isEmpty() && !sink.isWaiting()) {
                List<BatchApplier.Settled> settled = sink.end();
                if (commits) {
                    pipeline.commit(batch.size(), settled);
                }
                batch = List.of();
                assertNothingLostOrUndone();
            }
        }

        /** Everything the pipeline has to do, without the application. */
        void drain() throws Exception {
            application.endAll();
            endBatchIfDone();
            if (!unread.isEmpty()) {
                read(1, ROWS);
            }
            while (!pipeline.isDrained()) {
                pipeline.process(true, Integer.MAX_VALUE);
                pipeline.process(false, Integer.MAX_VALUE);
                apply(new ProtocolStep.Apply(7, true, List.of()));
            }
        }

        private Map<Integer, ModelApplication.Row> stored() throws SQLException {
            Map<Integer, ModelApplication.Row> rows = new TreeMap<>();
            try (Statement sql = onlooker.createStatement();
                    ResultSet row = sql.executeQuery("SELECT id, ssn, card, tenant FROM protocol")) {
                while (row.next()) {
                    String ssn = row.getString(2);
                    assertThat(ssn == null ? row.getString(4) : ModelValue.context(ssn))
                            .as("the encryption context of row %d", row.getInt(1))
                            .isEqualTo(row.getString(4));
                    rows.put(
                            row.getInt(1),
                            new ModelApplication.Row(
                                    ModelValue.plain(ssn), ModelValue.plain(row.getString(3)), row.getString(4)));
                }
            }
            return rows;
        }

        private void assertNothingLostOrUndone() throws SQLException {
            assertThat(stored()).isEqualTo(application.committed());
        }

        void assertDone() throws Exception {
            assertNothingLostOrUndone();
            assertUnderTarget();
            Counts ssn = assertBalanced("ssn");
            Counts card = assertBalanced("card");

            pipeline.applyAgain(Integer.MAX_VALUE);
            pipeline.processAgain(true, Integer.MAX_VALUE);
            drain();

            assertNothingLostOrUndone();
            assertUnderTarget();
            assertThat(List.of(pipeline.counts("ssn"), pipeline.counts("card"))).isEqualTo(List.of(ssn, card));
        }

        private Counts assertBalanced(String column) {
            Counts counts = pipeline.counts(column);
            assertThat(counts.get(Counter.SEEN)).as("seen").isEqualTo(pipeline.seen());
            assertThat(counts.balanced()).as(counts.toString()).isTrue();
            assertThat(counts.get(Counter.DEAD_LETTERED)).isZero();
            return counts;
        }

        private void assertUnderTarget() throws SQLException {
            try (Statement sql = onlooker.createStatement();
                    ResultSet row = sql.executeQuery(
                            "SELECT count(*) FROM protocol WHERE ssn LIKE 'source%' OR card LIKE 'source%'")) {
                row.next();
                assertThat(row.getInt(1)).as("values under the source key").isZero();
            }
        }

        @Override
        public void close() throws SQLException {
            application.rollBackAll();
            sink.close();
        }
    }
}
