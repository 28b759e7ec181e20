package io.keyferry.cli.undo;

import io.keyferry.cli.audit.AuditLog;
import io.keyferry.cli.configuration.FileParameter;
import io.keyferry.cli.kafka.ExistingKafka;
import io.keyferry.cli.kafka.KafkaAccess;
import io.keyferry.cli.steering.ControlTopic;
import io.keyferry.cli.steering.ControlWatch;
import io.keyferry.cli.terminal.Consent;
import io.keyferry.cli.terminal.Console;
import io.keyferry.cli.terminal.ExitCode;
import io.keyferry.cli.terminal.Figures;
import io.keyferry.cli.terminal.Interruptible;
import io.keyferry.cli.terminal.Operator;
import io.keyferry.cli.terminal.UsageException;
import io.keyferry.cli.terminal.Version;
import io.keyferry.database.Catalog;
import io.keyferry.database.Database;
import io.keyferry.database.JdbcDatabase;
import io.keyferry.model.Control;
import io.keyferry.model.KeyFerryException;
import io.keyferry.model.Migration;
import io.keyferry.model.TableLayout;
import io.keyferry.model.TableName;
import io.keyferry.model.Topics;
import io.keyferry.sink.Undo;
import io.keyferry.sink.UndoCounts;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code keyferry undo}: puts back what a migration has rewritten, where it still stands. */
@Command(
        name = "undo",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description = {
            "Takes the migration back: every column that still holds what KeyFerry wrote gets what it held before, from"
                    + " the journal. What the application wrote since stays.",
            "Without a KMS request for values. It pauses the migration first and leaves it paused until keyferry resume,"
                    + " and every source key must be enabled."
        },
        footer = {
            "",
            "Examples:",
            "  keyferry undo --dry-run",
            "  keyferry undo migration.yaml --table public.customers",
            "  keyferry undo --yes --json"
        })
public final class UndoCommand implements Callable<Integer> {

    @ParentCommand
    private Interruptible main;

    @Mixin
    private FileParameter file;

    @Option(
            names = "--table",
            paramLabel = "TABLE",
            description = "Only this table, schema.table; may be repeated (default: all of the migration).")
    private List<String> named = new ArrayList<>();

    @Option(names = "--dry-run", description = "Only count what would be undone.")
    private boolean dryRun;

    @Option(names = "--yes", description = "Do not ask.")
    private boolean yes;

    @Option(names = "--json", description = "Print what was done as one JSON object on standard output.")
    private boolean json;

    @Override
    public Integer call() throws InterruptedException {
        Console console = Console.of(json);
        Migration migration = file.load(console);
        Set<TableName> tables = tables(migration);
        SourceKeys.requireEnabled(migration.keys());
        Topics topics = new Topics(migration.name());
        Database database = JdbcDatabase.of(migration.database());
        console.line("  database   " + database.address());
        try (ExistingKafka kafka = ExistingKafka.open(migration, file.path())) {
            console.line("  Kafka      " + kafka.access().description());
            kafka.require(topics.journal(), topics.progress());
            List<TableLayout> layouts = look(migration, database);
            tables.forEach(table -> console.line("  undo       " + table));
            if (!dryRun) {
                console.line("             every column that still holds what KeyFerry wrote gets what it held before;"
                        + " what was written since stays");
                console.line(
                        "             the migration is paused first, and stays so: once it is resumed, it moves them"
                                + " again");
                OptionalInt withheld =
                        Consent.withheld(yes, "Undo these tables?", "undo these tables", main.interruption(), console);
                if (withheld.isPresent()) {
                    return withheld.getAsInt();
                }
            }
            try (Undo undo = new Undo(
                            migration, layouts, database, kafka.access().properties(), tables, !dryRun);
                    ControlWatch control =
                            new ControlWatch(topics.control(), kafka.access().properties(), told -> {})) {
                return dryRun
                        ? tell(run(undo, migration, () -> false, console), console)
                        : undoPaused(undo, migration, database, kafka.access(), control, console);
            }
        }
    }

    /** Nothing moves a value again while it is put back, nor afterwards, until somebody wants that. */
    private int undoPaused(
            Undo undo, Migration migration, Database database, KafkaAccess kafka, ControlWatch control, Console console)
            throws InterruptedException {
        AuditLog audit = new AuditLog(migration, kafka);
        if (!control.now().isPaused()) {
            new ControlTopic(migration, kafka).write(new Control.Pause(true, Operator.name(), Operator.now()));
        }
        console.line("  paused     until keyferry resume");
        if (!new StandingStages(migration, database, kafka).await(control, main.interruption())) {
            console.line("  nothing was undone; the migration is paused, until keyferry resume");
            return ExitCode.INTERRUPTED;
        }
        String named = this.named.isEmpty() ? "all" : String.join(", ", this.named);
        audit.write("undo", Map.of("tables", named));
        UndoReport report = run(undo, migration, () -> !control.now().isPaused(), console);
        audit.write(
                "undo ended",
                Map.of("tables", named, "undone", String.valueOf(report.sum().undone())));
        int code = tell(report, console);
        if (!control.now().isPaused()) {
            throw new KeyFerryException(
                    "Somebody has resumed the migration, which moves again what was undone. The undo"
                            + " has ended there: undo again, and it pauses the migration again.");
        }
        return code;
    }

    private Set<TableName> tables(Migration migration) {
        Set<TableName> all =
                migration.tables().stream().map(Migration.Table::name).collect(Collectors.toCollection(TreeSet::new));
        if (named.isEmpty()) {
            return all;
        }
        Set<TableName> tables = new TreeSet<>();
        for (String text : named) {
            tables.add(all.stream()
                    .filter(table -> table.toString().equals(text))
                    .findAny()
                    .orElseThrow(
                            () -> new UsageException("--table " + text + " is not in " + file.path() + ", which has "
                                    + all.stream().map(TableName::toString).collect(Collectors.joining(", ")))));
        }
        return tables;
    }

    private static List<TableLayout> look(Migration migration, Database database) {
        try (Connection connection = database.connect("undo")) {
            return Catalog.layouts(connection, migration.tables());
        } catch (SQLException e) {
            throw new KeyFerryException(
                    "The database at " + database.address() + " cannot be used: " + e.getMessage()
                            + " Nothing was changed.",
                    e);
        }
    }

    private UndoReport run(Undo undo, Migration migration, BooleanSupplier resumed, Console console) {
        long offsets = undo.offsets();
        boolean[] stopped = {false};
        BooleanSupplier stop = () -> stopped[0] |= main.interruption().isAsked() || resumed.getAsBoolean();
        Map<TableName, UndoCounts> counts = undo.run(stop, passed -> {
            if (console.isTerminal()) {
                console.replace(List.of(
                        "  journal    " + Figures.count(passed) + " of up to " + Figures.count(offsets) + " records"));
            }
        });
        return new UndoReport(migration.name(), dryRun, !stopped[0], undo.isWhole(), counts, undo.unreadable());
    }

    private int tell(UndoReport report, Console console) {
        report.print(console);
        if (json) {
            System.out.println(report.json());
        }
        if (!report.complete()) {
            console.line("  stopped; undo again, and it finds done what was done");
            return ExitCode.INTERRUPTED;
        }
        if (dryRun) {
            console.line("  dry run: nothing was changed");
            return ExitCode.DONE;
        }
        // what could not be put back, although it should have been
        boolean failed = report.sum().refused() > 0 || report.unreadable() > 0;
        console.line(failed ? "  not all of it is undone" : "  done");
        return failed ? ExitCode.FAILED : ExitCode.DONE;
    }
}
