package io.keyferry.cli.check;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.keyferry.cli.configuration.FileParameter;
import io.keyferry.cli.kafka.ExistingKafka;
import io.keyferry.cli.kafka.KafkaAccess;
import io.keyferry.cli.terminal.Console;
import io.keyferry.cli.terminal.ExitCode;
import io.keyferry.cli.terminal.UsageException;
import io.keyferry.cli.terminal.Version;
import io.keyferry.database.DatabaseException;
import io.keyferry.database.JdbcDatabase;
import io.keyferry.kms.KeyServices;
import io.keyferry.kms.KmsConnection;
import io.keyferry.kms.RetryListener;
import io.keyferry.model.KeyFerryException;
import io.keyferry.model.Migration;
import io.keyferry.model.TableLayout;
import io.keyferry.model.Topics;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code keyferry check}: what stands in the way of a migration, over database, KMS and Kafka together. */
@Command(
        name = "check",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description = {
            "Looks at database, keys and Kafka before a migration, and says what is in its way and what cures it.",
            "It changes nothing. Ten values of every column are re-encrypted by KMS, and the answers thrown away."
        },
        footer = {"", "Examples:", "  keyferry check", "  keyferry check migration.yaml --json"})
public final class CheckCommand implements Callable<Integer> {

    @Mixin
    private FileParameter file;

    @Option(names = "--json", description = "Print what was found as one JSON object on standard output.")
    private boolean json;

    @Override
    public Integer call() throws InterruptedException {
        Console console = Console.of(json);
        Migration migration = file.load(console);
        Findings findings = new Findings(console);
        JdbcDatabase database = JdbcDatabase.of(migration.database());
        try (KmsConnection kms = KeyServices.open(
                migration.keys().region(),
                migration.keys().maxRequestsPerSecond(),
                RetryListener.NOBODY,
                new CompositeMeterRegistry())) {
            boolean keys = new KeysCheck(migration, kms.withoutRetries(), findings).run();
            ColumnTrial trial = new ColumnTrial(migration.keys(), kms.withoutRetries());
            database(migration, database, Optional.of(trial).filter(any -> keys), findings);
        }
        Estimate estimate = Estimate.of(migration, TableSizes.values(migration.tables(), database));
        KafkaCheck kafka = new KafkaCheck(migration, findings);
        if (migration.kafka().isPresent()) {
            try (KafkaAccess access = KafkaAccess.of(migration, file.path())) {
                kafka.cluster(access.properties(), estimate.topicBytes());
            }
        } else {
            kafka.embedded(ExistingKafka.folder(file.path()), estimate.topicBytes());
        }
        return tell(migration, findings, estimate, console);
    }

    private static void database(
            Migration migration, JdbcDatabase database, Optional<ColumnTrial> trial, Findings findings) {
        try (Connection connection = database.connect("check")) {
            connection.setReadOnly(true);
            findings.good(
                    "database", database.address() + " lets " + database.login().user() + " in");
            String slot = new Topics(migration.name()).slot();
            new ServerCheck(slot, database.address().hosts().get(0).port(), findings)
                    .run(connection, migration.changes().isEmpty());
            if (migration.changes().isPresent()) {
                connector(connection, migration, findings);
            }
            List<TableLayout> layouts = new TablesCheck(migration, slot, findings).run(connection);
            if (!layouts.isEmpty() && trial.isPresent()) {
                for (Migration.Table table : migration.tables()) {
                    for (Migration.Column column : table.columns()) {
                        tried(trial.get().of(connection, table, column), findings);
                    }
                }
            }
        } catch (DatabaseException e) {
            findings.bad("database", database.address() + " cannot be used", e.getMessage());
        } catch (SQLException e) {
            findings.bad("database", database.address() + " cannot be used", String.valueOf(e.getMessage()));
        } catch (KeyFerryException e) {
            findings.bad("key", "values cannot be tried", e.getMessage());
        }
    }

    private static void connector(Connection connection, Migration migration, Findings findings) throws SQLException {
        try {
            findings.good(
                    "changes",
                    ConnectorSlot.check(connection, migration.changes().orElseThrow()));
        } catch (UsageException e) {
            findings.bad("changes", "your connector's changes cannot be used", e.getMessage());
        }
    }

    private static void tried(ColumnTrial.Result result, Findings findings) {
        if (result.noneGood()) {
            findings.bad(
                    "column",
                    result + ": " + result.reasons(),
                    "correct the column's encoding, context or keys.source in migration.yaml");
        } else if (result.good() < result.tried()) {
            findings.warning(
                    "column",
                    result + ": " + result.reasons(),
                    "such values are dead-lettered, and left as they are; more than maxDeadLetters of them halt the run");
        } else {
            findings.good("column", result.toString());
        }
        result.tooShort().ifPresent(cure -> findings.bad("column", result.column() + " is too short", cure));
    }

    private int tell(Migration migration, Findings findings, Estimate estimate, Console console) {
        long bad = findings.count(Finding.Mark.BAD);
        long warnings = findings.count(Finding.Mark.WARNING);
        console.line("");
        console.line("  " + estimate);
        console.line(
                bad == 0
                        ? "  " + migration.name() + " can run" + (warnings > 0 ? "; read what is marked !" : "")
                        : "  " + migration.name() + " cannot run yet: cure what is marked ✘");
        if (json) {
            ObjectNode node = new ObjectMapper()
                    .createObjectNode()
                    .put("migration", migration.name())
                    .put("ready", bad == 0);
            node.set("findings", findings.json());
            node.set("estimate", estimate.json());
            System.out.println(node);
        }
        return bad == 0 ? ExitCode.DONE : ExitCode.FAILED;
    }
}
