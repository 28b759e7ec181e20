package io.keyferry.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.keyferry.cli.audit.AuditLog;
import io.keyferry.cli.kafka.KafkaAccess;
import io.keyferry.cli.kafka.StoppedStages;
import io.keyferry.cli.steering.ControlTopic;
import io.keyferry.cli.terminal.Console;
import io.keyferry.cli.terminal.ExitCode;
import io.keyferry.cli.terminal.Figures;
import io.keyferry.cli.terminal.Interruption;
import io.keyferry.cli.terminal.Operator;
import io.keyferry.cli.terminal.UsageException;
import io.keyferry.cli.verify.NamedRows;
import io.keyferry.database.Database;
import io.keyferry.model.Control;
import io.keyferry.model.KeyFerryException;
import io.keyferry.model.Migration;
import io.keyferry.model.Steering;
import io.keyferry.model.TableLayout;
import io.keyferry.model.Topics;
import io.keyferry.sink.CanaryRows;
import io.keyferry.sink.ProgressReader;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A few rows go the whole way before the first run: fed in, re-encrypted, written; then the migration is paused, and each
 * of their values is decrypted in every Region. Nothing reads the tables or their changes, so that no other row is moved.
 */
final class Canary {

    private static final int SHOWN = 20;

    private final Migration migration;
    private final List<TableLayout> layouts;
    private final Database database;
    private final KafkaAccess kafka;
    private final Console console;

    Canary(Migration migration, List<TableLayout> layouts, Database database, KafkaAccess kafka, Console console) {
        this.migration = migration;
        this.layouts = layouts;
        this.database = database;
        this.kafka = kafka;
        this.console = console;
    }

    /** @throws KeyFerryException where the migration runs, has run, or is paused: then more than a few rows would move, or none */
    void requireNotBegun() {
        StoppedStages.require(migration, kafka);
        try (ProgressReader progress =
                new ProgressReader(new Topics(migration.name()).progress(), kafka.properties())) {
            progress.readToEnd();
            if (progress.snapshot().isPresent()) {
                throw new UsageException(migration.name() + " has begun already, and a canary goes before all others."
                        + " To go on gently: keyferry throttle --max-requests-per-second 1");
            }
        }
        Steering steering = new ControlTopic(migration, kafka).read();
        if (steering.isPaused()) {
            throw new UsageException(
                    migration.name() + " is " + steering.words().orElseThrow()
                            + ", so that nothing moves: keyferry resume, and run the canary again");
        }
    }

    /**
     * Moves the rows with stages that have been started, and leaves the migration paused.
     *
     * @param rows of each table, at the most
     * @return the rows; empty where somebody ended it, or the time was up
     */
    Optional<CanaryRows.Fed> move(MigrationRun run, int rows, Optional<Duration> timeout, Interruption interruption)
            throws InterruptedException {
        new AuditLog(migration, kafka).write("run --canary", Map.of("rows", String.valueOf(rows)));
        CanaryRows.Fed fed;
        long before = run.settled();
        try {
            fed = CanaryRows.feed(migration, layouts, database, kafka.properties(), rows);
        } catch (SQLException e) {
            throw failure(e);
        }
        long fedRows = fed.keys().values().stream().mapToLong(List::size).sum();
        console.line("  canary     " + Figures.count(fed.values()) + " values in " + Figures.count(fedRows)
                + (fedRows == 1 ? " row" : " rows"));
        Optional<CanaryRows.Fed> moved =
                run.awaitSettled(before + fed.values(), timeout, interruption) ? Optional.of(fed) : Optional.empty();
        // also where it was given up: what was fed in would move otherwise with the next stage that starts
        new ControlTopic(migration, kafka).write(new Control.Pause(true, Operator.name(), Operator.now()));
        return moved;
    }

    /** Shows the rows verified; once the stages have stopped. */
    int verify(CanaryRows.Fed fed, boolean json) {
        List<NamedRows.Value> values;
        List<String> regions;
        try (NamedRows rows = new NamedRows(migration)) {
            regions = rows.regions();
            values = rows.look(layouts, database, fed.keys());
        } catch (SQLException e) {
            throw failure(e);
        }
        List<NamedRows.Value> bad =
                values.stream().filter(value -> value.problem().isPresent()).toList();
        List<NamedRows.Value> good =
                values.stream().filter(value -> value.problem().isEmpty()).toList();
        good.stream().limit(SHOWN).forEach(value -> console.line("  ✔ " + words(value)));
        if (good.size() > SHOWN) {
            console.line("  ✔ and " + Figures.count(good.size() - SHOWN) + " more");
        }
        bad.forEach(value ->
                console.line("  ✘ " + words(value) + "  " + value.problem().orElseThrow()));
        console.line("  " + Figures.count(good.size()) + " of " + Figures.count(values.size())
                + " values decrypt under the" + " target key in " + String.join(", ", regions));
        console.line("  paused     until keyferry resume; have the application read these rows, then go on");
        if (json) {
            System.out.println(json(values, regions));
        }
        return bad.isEmpty() ? ExitCode.DONE : ExitCode.FAILED;
    }

    private static String words(NamedRows.Value value) {
        return value.table() + " " + value.key() + " " + value.column();
    }

    private ObjectNode json(List<NamedRows.Value> values, List<String> regions) {
        ObjectNode node = JsonNodeFactory.instance
                .objectNode()
                .put("migration", migration.name())
                .put("paused", true);
        regions.forEach(node.putArray("regions")::add);
        ArrayNode array = node.putArray("values");
        for (NamedRows.Value value : values) {
            ObjectNode one = array.addObject().put("table", value.table().toString());
            value.key().forEach(one.putObject("key")::put);
            one.put("column", value.column()).put("decrypts", value.problem().isEmpty());
            value.problem().ifPresent(problem -> one.put("problem", problem));
        }
        return node;
    }

    private KeyFerryException failure(SQLException e) {
        return new KeyFerryException("The database at " + database.address() + " cannot be used: " + e.getMessage(), e);
    }
}
