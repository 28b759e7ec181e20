package io.keyferry.cli.clean;

import io.keyferry.cli.audit.AuditFile;
import io.keyferry.cli.audit.AuditLog;
import io.keyferry.cli.configuration.FileParameter;
import io.keyferry.cli.kafka.ExistingKafka;
import io.keyferry.cli.kafka.StoppedStages;
import io.keyferry.cli.terminal.Consent;
import io.keyferry.cli.terminal.Console;
import io.keyferry.cli.terminal.ExitCode;
import io.keyferry.cli.terminal.Interruptible;
import io.keyferry.cli.terminal.Operator;
import io.keyferry.cli.terminal.Version;
import io.keyferry.database.JdbcDatabase;
import io.keyferry.model.AuditEntry;
import io.keyferry.model.KeyFerryException;
import io.keyferry.model.Migration;
import io.keyferry.model.Topics;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code keyferry clean}: removes what a migration has left in the database and in Kafka. */
@Command(
        name = "clean",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description = {
            "Removes replication slot, publication, replication origins, consumer groups and topics of a migration that"
                    + " is over; with the embedded broker, the folder keyferry-data.",
            "The stages must be stopped, and the last sweep must have found nothing under a source key. After a failure"
                    + " half-way, clean again."
        },
        footer = {
            "",
            "Examples:",
            "  keyferry clean --dry-run",
            "  keyferry clean migration.yaml",
            "  keyferry clean --force --yes        also while values remain under a source key"
        })
public final class CleanCommand implements Callable<Integer> {

    @ParentCommand
    private Interruptible main;

    @Mixin
    private FileParameter file;

    @Option(
            names = "--force",
            description = "Also where values remain under a source key, or no sweep has ended. The journal is lost: no"
                    + " undo, and no replay.")
    private boolean force;

    @Option(names = "--dry-run", description = "Only say what would be removed.")
    private boolean dryRun;

    @Option(names = "--yes", description = "Do not ask.")
    private boolean yes;

    @Option(names = "--json", description = "Print what was removed as one JSON object on standard output.")
    private boolean json;

    @Override
    public Integer call() throws InterruptedException {
        Console console = Console.of(json);
        Migration migration = file.load(console);
        JdbcDatabase database = JdbcDatabase.of(migration.database());
        console.line("  database   " + database.address());
        Optional<Path> folder;
        int code;
        try (Connection connection = database.connect("clean");
                ExistingKafka kafka = ExistingKafka.isThere(migration, file.path())
                        ? ExistingKafka.open(migration, file.path())
                        : null) {
            CleanPlan plan = plan(migration, connection, kafka, console);
            OptionalInt ended = consent(plan, console);
            if (ended.isPresent()) {
                return ended.getAsInt();
            }
            keepAudit(migration, kafka, console);
            List<String> left = plan.database().remove(connection);
            if (kafka != null) {
                plan.kafka().remove(kafka, new Topics(migration.name()));
            }
            folder = plan.kafka().folder();
            code = tell(plan, left, console);
        } catch (SQLException e) {
            throw new KeyFerryException(
                    "The database at " + database.address() + " refuses: " + e.getMessage()
                            + ". Correct this and clean again: it goes on with what is left.",
                    e);
        }
        // once its broker has ended
        folder.ifPresent(Folder::remove);
        return code;
    }

    /** Before anything is removed: the audit log goes with its topic. */
    private void keepAudit(Migration migration, ExistingKafka kafka, Console console) {
        List<AuditEntry> entries = new ArrayList<>();
        if (kafka != null && kafka.topics().contains(new Topics(migration.name()).audit())) {
            entries.addAll(new AuditLog(migration, kafka.access()).read());
        }
        entries.add(new AuditEntry(Operator.now(), Operator.name(), "clean", Map.of("forced", String.valueOf(force))));
        console.line("  keep       the audit log, in " + AuditFile.keep(entries, migration, file.path()));
    }

    private CleanPlan plan(Migration migration, Connection connection, ExistingKafka kafka, Console console)
            throws SQLException {
        StoppedStages.requireSnapshotStopped(migration, connection);
        DatabaseRemains inDatabase = DatabaseRemains.find(connection, migration);
        if (kafka == null) {
            console.line("  Kafka      no keyferry-data beside " + file.path());
            return new CleanPlan(migration.name(), inDatabase, KafkaRemains.NONE, LastSweep.NONE);
        }
        console.line("  Kafka      " + kafka.access().description());
        StoppedStages.require(migration, kafka.access());
        return new CleanPlan(
                migration.name(),
                inDatabase,
                KafkaRemains.find(kafka, migration, file.path()),
                LastSweep.read(kafka, new Topics(migration.name())));
    }

    /** Empty where all is to be removed; otherwise how the command ends. */
    private OptionalInt consent(CleanPlan plan, Console console) throws InterruptedException {
        plan.print(console);
        Optional<String> objection = plan.objection();
        if (plan.isEmpty() || dryRun) {
            objection.ifPresent(why -> console.line("  not over   " + why));
            console.line(plan.isEmpty() ? "  nothing to remove" : "  dry run: nothing was changed");
            print(plan, false, List.of());
            return OptionalInt.of(ExitCode.DONE);
        }
        if (objection.isPresent() && !force) {
            throw new KeyFerryException("The migration is not over: " + objection.get() + ". Run it until it is"
                    + " drained, or add --force to remove all this regardless: what is under a source key stays so,"
                    + " and the journal is lost, so that nothing can be undone or replayed. Nothing was changed.");
        }
        objection.ifPresent(why -> console.line("  not over   " + why));
        if (objection.isEmpty() && plan.sweep().found().isPresent()) {
            console.line("  over       nothing was under a source key when the last sweep ended, "
                    + plan.sweep().time() + "; what was written since, nobody has looked at");
        }
        return Consent.withheld(yes, "Remove all this?", "remove all this", main.interruption(), console);
    }

    private int tell(CleanPlan plan, List<String> left, Console console) {
        print(plan, true, left);
        if (left.isEmpty()) {
            console.line("  done");
            return ExitCode.DONE;
        }
        console.line("  The database lets this role not remove all of it. To be run by an owner or a superuser:");
        left.forEach(statement -> console.line("    " + statement));
        return ExitCode.FAILED;
    }

    private void print(CleanPlan plan, boolean removed, List<String> left) {
        if (json) {
            System.out.println(plan.json(removed, left));
        }
    }
}
