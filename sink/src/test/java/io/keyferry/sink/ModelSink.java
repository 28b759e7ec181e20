package io.keyferry.sink;

import io.keyferry.model.ContextTemplate;
import io.keyferry.model.Encoding;
import io.keyferry.model.Migration;
import io.keyferry.model.TableLayout;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * The real thing: BatchApplier and CompareAndSet on a connection of their own, in a thread of their own, so that the
 * application can go on while the sink waits for a lock. Between its statements, it lets the application act.
 */
final class ModelSink implements AutoCloseable {

    private final Connection writer;
    private final Connection onlooker;
    private final int writerPid;
    private final BatchApplier applier;
    private final ExecutorService thread = Executors.newSingleThreadExecutor();
    private volatile Future<List<BatchApplier.Settled>> batch;

    /** What the application does before a statement. */
    interface Between {
        void act() throws SQLException;
    }

    ModelSink(Connection writer, Connection onlooker) throws SQLException {
        this.writer = writer;
        this.onlooker = onlooker;
        try (Statement statement = writer.createStatement()) {
            statement.execute("SET lock_timeout = '2s'");
            statement.execute("SET enable_hashjoin = off");
            statement.execute("SET enable_mergejoin = off");
            try (ResultSet row = statement.executeQuery("SELECT pg_backend_pid()")) {
                row.next();
                writerPid = row.getInt(1);
            }
        }
        Migration.Table table = new Migration.Table(
                ModelPipeline.TABLE,
                List.of(
                        new Migration.Column(
                                "ssn", Encoding.BASE64, ContextTemplate.parse(Map.of("tenant", "{tenant}"))),
                        new Migration.Column("card", Encoding.BASE64, ContextTemplate.NONE)));
        TableLayout layout = TableLayout.of(
                ModelPipeline.TABLE,
                List.of("id"),
                List.of(
                        new TableLayout.Column("id", "integer"),
                        new TableLayout.Column("tenant", "text"),
                        new TableLayout.Column("ssn", "text"),
                        new TableLayout.Column("card", "text")));
        applier = new BatchApplier(List.of(table), List.of(layout), false, new Pause(), nanos -> {});
    }

    /** Begins a batch, and returns when it is done or waits for a lock. */
    void begin(List<JournalEntry> entries, Between between) throws SQLException {
        batch = thread.submit(() -> applier.apply(interrupted(writer, between), entries));
        awaitLockOrEnd();
    }

    /** Returns when the batch is done or waits for a lock. */
    void awaitLockOrEnd() throws SQLException {
        try (PreparedStatement waiting =
                onlooker.prepareStatement("SELECT 1 FROM pg_locks WHERE pid = ? AND NOT granted")) {
            waiting.setInt(1, writerPid);
            while (!batch.isDone()) {
                try (ResultSet rows = waiting.executeQuery()) {
                    if (rows.next()) {
                        return;
                    }
                }
            }
        }
    }

    boolean isWaiting() {
        return batch != null && !batch.isDone();
    }

    List<BatchApplier.Settled> end() throws InterruptedException {
        try {
            List<BatchApplier.Settled> settled = batch.get();
            batch = null;
            return settled;
        } catch (ExecutionException e) {
            batch = null;
            throw new AssertionError("the sink failed", e.getCause());
        }
    }

    private static Connection interrupted(Connection connection, Between between) {
        return proxy(
                Connection.class,
                connection,
                (name, result) -> result instanceof PreparedStatement statement
                        ? proxy(PreparedStatement.class, statement, (call, answer) -> answer, between)
                        : result,
                null);
    }

    private interface Result {
        Object of(String method, Object result);
    }

    private static <T> T proxy(Class<T> type, T target, Result result, Between between) {
        return type.cast(Proxy.newProxyInstance(
                ModelSink.class.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> {
                    if (between != null && method.getName().equals("executeQuery")) {
                        between.act();
                    }
                    try {
                        return result.of(method.getName(), method.invoke(target, arguments));
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                }));
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
