package io.keyferry.cli;

import io.keyferry.database.Database;
import io.keyferry.kms.KmsConnection;
import io.keyferry.model.Counter;
import io.keyferry.model.Counts;
import io.keyferry.model.Migration;
import io.keyferry.model.Progress;
import io.keyferry.model.TableName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Shows a run: a bar a table on a terminal, a plain line now and then elsewhere. Used by one thread. */
final class ProgressDisplay {

    private static final int BAR = 24;
    private static final Duration REDRAW = Duration.ofMillis(500);
    private static final Duration LINE = Duration.ofSeconds(5);
    private static final Duration RATE_OVER = Duration.ofSeconds(10);
    /** Tables larger than this are not counted: the catalog's estimate is near enough for a bar. */
    private static final int COUNTED_PAGES = 10_000;

    private final Console console;
    private final KmsConnection kms;
    private final Map<TableName, Long> values = new HashMap<>();
    private final Map<TableName, Deque<Reading>> readings = new HashMap<>();
    private long next = System.nanoTime();

    private record Reading(long nanos, long settled) {}

    ProgressDisplay(Console console, Migration migration, Database database, KmsConnection kms) throws SQLException {
        this.console = console;
        this.kms = kms;
        try (Connection connection = database.connect("progress")) {
            for (Migration.Table table : migration.tables()) {
                values.put(
                        table.name(),
                        rows(connection, table.name()) * table.columns().size());
                readings.put(table.name(), new ArrayDeque<>());
            }
        }
    }

    private static long rows(Connection connection, TableName table) throws SQLException {
        try (PreparedStatement query = connection.prepareStatement(
                "SELECT CASE WHEN relpages > ? THEN reltuples::bigint END FROM pg_class WHERE oid = ?::text::regclass")) {
            query.setInt(1, COUNTED_PAGES);
            query.setString(2, table.quoted());
            try (ResultSet row = query.executeQuery()) {
                row.next();
                long estimate = row.getLong(1);
                if (!row.wasNull()) {
                    return estimate;
                }
            }
        }
        try (ResultSet row = connection.createStatement().executeQuery("SELECT count(*) FROM " + table.quoted())) {
            row.next();
            return row.getLong(1);
        }
    }

    /** Draws, if it is time to. */
    void show(RunProgress progress, Optional<String> trouble) {
        long now = System.nanoTime();
        if (now < next) {
            return;
        }
        next = now + (console.isTerminal() ? REDRAW : LINE).toNanos();
        List<String> lines = new ArrayList<>();
        Map<TableName, Counts> counts = progress.byTable();
        values.forEach((table, total) -> lines.add(line(table, total, counts.getOrDefault(table, Counts.NONE), now)));
        lines.add("  " + phase(progress) + trouble.map(text -> "; " + text).orElse(""));
        if (console.isTerminal()) {
            console.replace(lines);
        } else {
            lines.forEach(console::line);
        }
    }

    private String line(TableName table, long total, Counts counts, long now) {
        long settled = counts.settled();
        Deque<Reading> recent = readings.get(table);
        recent.addLast(new Reading(now, settled));
        while (now - recent.getFirst().nanos() > RATE_OVER.toNanos()) {
            recent.removeFirst();
        }
        Reading first = recent.getFirst();
        double seconds = (now - first.nanos()) / 1e9;
        double rate = seconds > 0 ? (settled - first.settled()) / seconds : 0;
        double done = total == 0 ? 1 : Math.min(1, (double) settled / total);
        String left = done >= 1 || rate < 1
                ? ""
                : ", " + Figures.duration(Duration.ofSeconds(Math.round((total - settled) / rate))) + " left";
        String bar = console.isTerminal() ? bar(done) + " " : "";
        return "  " + table + "  " + bar + Figures.padded(String.valueOf((int) (done * 100)), 3) + "%  "
                + Figures.count(settled) + " values, " + Figures.count(Math.round(rate)) + "/s" + left
                + (counts.get(Counter.DEAD_LETTERED) > 0
                        ? ", " + Figures.count(counts.get(Counter.DEAD_LETTERED)) + " dead-lettered"
                        : "");
    }

    private static String bar(double done) {
        int full = (int) (done * BAR);
        return "█".repeat(full) + "░".repeat(BAR - full);
    }

    private String phase(RunProgress progress) {
        String state = progress.sweep()
                .map(ProgressDisplay::found)
                .orElse(
                        progress.snapshotComplete()
                                ? "snapshot read; applying, then sweeping"
                                : "reading the snapshot");
        return state + "; " + Figures.count(kms.metrics().requests()) + " KMS requests";
    }

    private static String found(Progress.Sweep sweep) {
        if (sweep.drained()) {
            return "drained: no value is under a source key (sweep " + sweep.number() + ")";
        }
        return sweep.caughtUp()
                ? "caught up; the application still writes under a source key (sweep " + sweep.number() + ")"
                : Figures.count(sweep.remainingValues()) + " values remain, of which "
                        + Figures.count(sweep.deadLettered()) + " are dead-lettered (sweep " + sweep.number() + ")";
    }
}
