package io.keyferry.sink;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;

/** Writes to the table of the model as an application does, and keeps its own record of what it has committed. */
final class ModelApplication {

    private static final String RETURNING = " RETURNING id, ssn, card, tenant, pg_current_xact_id()::text";

    private final List<Session> sessions = new ArrayList<>();
    private final Consumer<List<Change>> stream;
    private final Map<Integer, Row> committed = new TreeMap<>();
    private final Map<Integer, List<String>> formerSsns = new HashMap<>();
    private final Map<Integer, Integer> lockedBy = new HashMap<>();
    private int written;

    /** What the application knows: the plaintexts, and the tenant, which is the encryption context of the ssn. */
    record Row(String ssn, String card, String tenant) {}

    /** What the log says: the row as it is stored after a write. */
    record Change(int id, String ssn, String card, String tenant, Long txId) {}

    private static final class Session {
        private final Connection connection;
        private final Map<Integer, Optional<Row>> uncommitted = new LinkedHashMap<>();
        private final List<Change> changes = new ArrayList<>();

        private Session(Connection connection) {
            this.connection = connection;
        }
    }

    /** @param stream is given the changes of each transaction as it commits */
    ModelApplication(List<Connection> connections, Consumer<List<Change>> stream) throws SQLException {
        for (Connection connection : connections) {
            connection.setAutoCommit(sessions.isEmpty());
            sessions.add(new Session(connection));
        }
        this.stream = stream;
    }

    /** Carries out a step, unless it is about one of the rows the sink is waiting in, or would wait itself. */
    void run(ProtocolStep.Application step, Set<Integer> sinkWaitsIn) throws SQLException {
        if (step instanceof ProtocolStep.End end) {
            end(end.session(), end.commit());
        } else if (step instanceof ProtocolStep.Write write
                && isFree(write, write.id(), sinkWaitsIn)
                && (write.operation() != ProtocolStep.Operation.MOVE || isFree(write, write.other(), sinkWaitsIn))) {
            write(write);
        }
    }

    private boolean isFree(ProtocolStep.Write write, int id, Set<Integer> sinkWaitsIn) {
        Integer holder = lockedBy.get(id);
        return holder == null ? !sinkWaitsIn.contains(id) : holder == write.session();
    }

    private void write(ProtocolStep.Write write) throws SQLException {
        Session session = sessions.get(write.session());
        Optional<Row> row = view(session, write.id());
        switch (write.operation()) {
            case INSERT -> {
                if (row.isEmpty()) {
                    insert(session, write);
                }
            }
            case UPDATE -> {
                if (row.isPresent()) {
                    update(session, write, row.get());
                }
            }
            case RESTORE -> {
                List<String> former = formerSsns.getOrDefault(write.id(), List.of());
                if (row.isPresent() && !former.isEmpty()) {
                    String ssn = former.get(write.other() % former.size());
                    Row restored = new Row(ModelValue.plain(ssn), row.get().card(), ModelValue.context(ssn));
                    execute(
                            session,
                            write,
                            restored,
                            "UPDATE protocol SET ssn = ?, tenant = ? WHERE id = ?",
                            ssn,
                            restored.tenant(),
                            write.id());
                }
            }
            case DELETE -> {
                if (row.isPresent()) {
                    execute(session, write, null, "DELETE FROM protocol WHERE id = ?", write.id());
                }
            }
            case MOVE -> {
                if (row.isPresent() && view(session, write.other()).isEmpty()) {
                    move(session, write, row.get());
                }
            }
        }
        if (write.session() == 0) {
            end(0, true);
        }
    }

    private Optional<Row> view(Session session, int id) {
        return session.uncommitted.getOrDefault(id, Optional.ofNullable(committed.get(id)));
    }

    private void insert(Session session, ProtocolStep.Write write) throws SQLException {
        Row row = new Row("ssn " + ++written, "card " + written, "tenant " + written % 2);
        execute(
                session,
                write,
                row,
                "INSERT INTO protocol (ssn, card, tenant, id) VALUES (?, ?, ?, ?)",
                remember(write.id(), ModelValue.of(write.sourceKey(), row.ssn(), row.tenant())),
                ModelValue.of(write.sourceKey(), row.card(), ""),
                row.tenant(),
                write.id());
    }

    /** An ssn is written together with the tenant that is its context. */
    private void update(Session session, ProtocolStep.Write write, Row row) throws SQLException {
        boolean toNull = write.columns() == ProtocolStep.Columns.NOTHING;
        String tenant = "tenant " + ++written % 2;
        String ssn = toNull ? null : "ssn " + written;
        String card = toNull ? null : "card " + written;
        String storedSsn = toNull ? null : remember(write.id(), ModelValue.of(write.sourceKey(), ssn, tenant));
        String storedCard = toNull ? null : ModelValue.of(write.sourceKey(), card, "");
        switch (write.columns()) {
            case CARD ->
                execute(
                        session,
                        write,
                        new Row(row.ssn(), card, row.tenant()),
                        "UPDATE protocol SET card = ? WHERE id = ?",
                        storedCard,
                        write.id());
            case SSN ->
                execute(
                        session,
                        write,
                        new Row(ssn, row.card(), tenant),
                        "UPDATE protocol SET ssn = ?, tenant = ? WHERE id = ?",
                        storedSsn,
                        tenant,
                        write.id());
            default ->
                execute(
                        session,
                        write,
                        new Row(ssn, card, tenant),
                        "UPDATE protocol SET ssn = ?, card = ?, tenant = ? WHERE id = ?",
                        storedSsn,
                        storedCard,
                        tenant,
                        write.id());
        }
    }

    private String remember(int id, String ssn) {
        formerSsns.computeIfAbsent(id, first -> new ArrayList<>()).add(ssn);
        return ssn;
    }

    private void move(Session session, ProtocolStep.Write write, Row row) throws SQLException {
        execute(session, write, null, "UPDATE protocol SET id = ? WHERE id = ?", write.other(), write.id());
        session.uncommitted.put(write.other(), Optional.of(row));
        lock(write.session(), write.other());
    }

    private void execute(Session session, ProtocolStep.Write write, Row row, String sql, Object... values)
            throws SQLException {
        try (PreparedStatement statement = session.connection.prepareStatement(sql + RETURNING)) {
            for (int i = 0; i < values.length; i++) {
                statement.setObject(i + 1, values[i]);
            }
            try (ResultSet stored = statement.executeQuery()) {
                if (!stored.next()) {
                    throw new AssertionError("the row of " + write + ", which was committed, is not there");
                }
                if (write.operation() != ProtocolStep.Operation.DELETE) {
                    session.changes.add(new Change(
                            stored.getInt(1),
                            stored.getString(2),
                            stored.getString(3),
                            stored.getString(4),
                            stored.getLong(5) & 0xffff_ffffL));
                }
            }
        }
        session.uncommitted.put(write.id(), Optional.ofNullable(row));
        lock(write.session(), write.id());
    }

    private void lock(int session, int id) {
        if (session > 0) {
            lockedBy.put(id, session);
        }
    }

    private void end(int number, boolean commit) throws SQLException {
        Session session = sessions.get(number);
        if (number > 0) {
            if (commit) {
                session.connection.commit();
            } else {
                session.connection.rollback();
            }
        }
        if (commit) {
            session.uncommitted.forEach((id, row) -> {
                committed.remove(id);
                row.ifPresent(there -> committed.put(id, there));
            });
            stream.accept(List.copyOf(session.changes));
        }
        session.uncommitted.clear();
        session.changes.clear();
        lockedBy.values().removeIf(holder -> holder == number);
    }

    void endAll() throws SQLException {
        for (int session = 1; session < sessions.size(); session++) {
            end(session, true);
        }
    }

    void rollBackAll() throws SQLException {
        for (Session session : sessions) {
            if (!session.connection.getAutoCommit()) {
                session.connection.rollback();
            }
        }
    }

    /** Every row as the application committed it last. */
    Map<Integer, Row> committed() {
        return committed;
    }
}
