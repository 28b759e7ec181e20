package io.keyferry.cli.verify;

import io.keyferry.cli.terminal.Cadence;
import io.keyferry.cli.terminal.Console;
import io.keyferry.cli.terminal.Figures;
import io.keyferry.cli.terminal.Headway;
import io.keyferry.cli.terminal.Interruption;
import io.keyferry.database.Database;
import io.keyferry.model.KeyFerryException;
import io.keyferry.model.Migration;
import io.keyferry.model.TableLayout;
import io.keyferry.model.TableName;
import io.keyferry.sink.RowReader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Reads the tables, has KMS read their values, and counts what was found: a chunk is read while the one before it is being
 * decrypted, and counted when all of it is known. Used by one thread.
 */
final class VerifyRun implements AutoCloseable {

    private static final Duration QUIET = Duration.ofSeconds(2);
    private static final Duration SAVE = Duration.ofSeconds(3);
    private static final long LOOK_MILLIS = 100;
    private static final int SMALLEST_CHUNK = 10;
    private static final int LARGEST_CHUNK = 1000;

    private final Migration migration;
    private final Verification verification;
    private final RegionalKeys kms;
    private final ValueCheck check;
    private final PatientConnection database;
    private final RecordFiles files;
    private final Interruption interruption;
    private final Cadence cadence;
    private final int maxRequestsPerSecond;
    private final Map<TableName, TableLayout> layouts = new LinkedHashMap<>();
    private final Map<TableName, OptionalLong> sizes;
    private final Map<String, Headway> headway = new LinkedHashMap<>();
    private long saved = System.nanoTime();

    /** @param sizes values of every table, about */
    VerifyRun(
            Migration migration,
            List<TableLayout> layouts,
            Map<TableName, OptionalLong> sizes,
            Verification verification,
            RegionalKeys kms,
            int maxRequestsPerSecond,
            Database database,
            RecordFiles files,
            Interruption interruption,
            Console console) {
        this.migration = migration;
        this.verification = verification;
        this.kms = kms;
        this.maxRequestsPerSecond = maxRequestsPerSecond;
        this.files = files;
        this.interruption = interruption;
        this.sizes = sizes;
        check = new ValueCheck(migration.keys(), kms);
        this.database = new PatientConnection(database, this::pass);
        cadence = new Cadence(console, QUIET);
        layouts.forEach(layout -> this.layouts.put(layout.name(), layout));
        OptionalInt sample = verification.scope().sample();
        for (Migration.Table table : migration.tables()) {
            OptionalLong total = sizes.get(table.name());
            if (sample.isPresent()) {
                long wanted = (long) sample.getAsInt() * table.columns().size();
                total = OptionalLong.of(total.isPresent() ? Math.min(total.getAsLong(), wanted) : wanted);
            }
            headway.put(table.name().toString(), new Headway(total, console.isTerminal()));
        }
    }

    /**
     * Goes on from where the verification stands to its end.
     *
     * @throws Stopped where somebody ends the command first
     * @throws KeyFerryException where a key or a table cannot be used any more
     */
    void run() throws InterruptedException {
        files.save(verification);
        try {
            for (Migration.Table table : migration.tables()) {
                TableResult result = verification.table(table.name().toString());
                if (!result.isComplete()) {
                    verify(table, result);
                }
            }
        } catch (Stopped | KeyFerryException e) {
            files.save(verification);
            throw e;
        }
    }

    private void verify(Migration.Table table, TableResult result) throws InterruptedException {
        OptionalLong values = sizes.get(table.name());
        OptionalLong rows = values.isPresent()
                ? OptionalLong.of(values.getAsLong() / table.columns().size())
                : OptionalLong.empty();
        Rows source =
                new Rows(table, layouts.get(table.name()), verification.scope().sample(), result, rows);
        int limit = chunk(table);
        Rows.Chunk before = null;
        CheckedRows underWay = null;
        boolean last = false;
        while (!last) {
            Rows.Chunk chunk = database.ask(connection -> source.next(connection, limit));
            CheckedRows started = new CheckedRows(table, check, chunk.rows());
            if (before != null) {
                count(underWay, before, source, result);
            }
            before = chunk;
            underWay = started;
            last = chunk.last();
        }
        count(underWay, before, source, result);
        result.completed();
    }

    /** What the rate allows in a second: so much is done again after a kill, and no chunk takes long. */
    private int chunk(Migration.Table table) {
        int rows = maxRequestsPerSecond / table.columns().size();
        return Math.max(SMALLEST_CHUNK, Math.min(rows, LARGEST_CHUNK));
    }

    private void count(CheckedRows checked, Rows.Chunk chunk, Rows source, TableResult result)
            throws InterruptedException {
        await(checked.done());
        List<RowReader.Row> suspicious = checked.suspicious();
        if (!suspicious.isEmpty()) {
            List<RowReader.Row> now = database.ask(connection -> source.again(connection, suspicious));
            checked.lookAgain(now, source::key);
            await(checked.done());
        }
        for (CheckedRows.Row row : checked.rows()) {
            result.row();
            row.verdicts()
                    .forEach((column, verdict) -> verification.add(
                            result,
                            source.key(row.read()),
                            column.name(),
                            verdict.join(),
                            migration.keys().target()));
        }
        result.reached(chunk.lastKey(), chunk.spread());
        if (System.nanoTime() - saved > SAVE.toNanos()) {
            saved = System.nanoTime();
            files.save(verification);
        }
    }

    private void await(CompletableFuture<Void> done) throws InterruptedException {
        while (true) {
            show();
            if (interruption.isAsked()) {
                throw new Stopped();
            }
            try {
                done.get(LOOK_MILLIS, TimeUnit.MILLISECONDS);
                return;
            } catch (TimeoutException e) {
                continue;
            } catch (ExecutionException e) {
                Throwable cause = e.getCause() instanceof CompletionException
                        ? e.getCause().getCause()
                        : e.getCause();
                throw cause instanceof KeyFerryException known ? known : new IllegalStateException(cause);
            }
        }
    }

    private void pass(Duration time) throws InterruptedException {
        show();
        if (interruption.await(time.toMillis())) {
            throw new Stopped();
        }
    }

    private void show() {
        if (!cadence.isDue()) {
            return;
        }
        long now = System.nanoTime();
        List<String> lines = new ArrayList<>();
        headway.forEach((name, words) -> {
            TableResult table = verification.table(name);
            lines.add("  " + name + "  " + words.words(table.looked(), now)
                    + (table.mismatches() > 0 ? ", " + Figures.count(table.mismatches()) + " do not decrypt" : ""));
        });
        kms.trouble().forEach(trouble -> lines.add("  " + trouble));
        database.trouble().ifPresent(trouble -> lines.add("  " + trouble));
        cadence.show(lines);
    }

    @Override
    public void close() {
        database.close();
    }
}
