package io.keyferry.cli.check;

import io.keyferry.cli.kafka.ExistingKafka;
import io.keyferry.cli.kafka.KafkaAccess;
import io.keyferry.cli.terminal.UsageException;
import io.keyferry.database.Database;
import io.keyferry.database.DatabaseException;
import io.keyferry.kms.KeyService;
import io.keyferry.model.KeyFerryException;
import io.keyferry.model.Migration;
import io.keyferry.model.TableLayout;
import io.keyferry.model.Topics;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** Everything that a migration needs, looked at together. It changes nothing. */
final class Check {

    private final Migration migration;
    private final Findings findings;

    Check(Migration migration, Findings findings) {
        this.migration = migration;
        this.findings = findings;
    }

    /**
     * Looks at database, keys and a sample of every column.
     *
     * @param kms empty for stages that ask nothing of it
     * @param streams whether the snapshot stage is to read changes
     * @return the layouts of the migration's tables; empty where they do not fit
     */
    List<TableLayout> run(Database database, Optional<KeyService> kms, boolean streams) {
        Optional<ColumnTrial> trial = kms.filter(service -> new KeysCheck(migration, service, findings).run())
                .map(service -> new ColumnTrial(migration, service));
        try (Connection connection = database.connect("check")) {
            connection.setReadOnly(true);
            findings.good("database", database.address() + " lets " + user(connection) + " in");
            String slot = new Topics(migration.name()).slot();
            new ServerCheck(slot, database.address().hosts().get(0).port(), findings).run(connection, streams);
            if (migration.changes().isPresent()) {
                connector(connection);
            }
            List<TableLayout> layouts = new TablesCheck(migration, slot, findings).run(connection, streams);
            if (!layouts.isEmpty() && trial.isPresent()) {
                columns(connection, trial.get());
            }
            return layouts;
        } catch (DatabaseException e) {
            findings.misfit("database", database.address() + " cannot be used", e.getMessage());
        } catch (SQLException e) {
            findings.bad("database", database.address() + " cannot be used", String.valueOf(e.getMessage()));
        } catch (KeyFerryException e) {
            findings.bad("key", "values cannot be tried", e.getMessage());
        }
        return List.of();
    }

    private static String user(Connection connection) throws SQLException {
        return connection.getMetaData().getUserName();
    }

    private void connector(Connection connection) throws SQLException {
        try {
            findings.good(
                    "changes",
                    ConnectorSlot.check(connection, migration.changes().orElseThrow()));
        } catch (UsageException e) {
            findings.misfit("changes", "your connector's changes cannot be used", e.getMessage());
        }
    }

    private void columns(Connection connection, ColumnTrial trial) throws SQLException {
        for (Migration.Table table : migration.tables()) {
            for (Migration.Column column : table.columns()) {
                tried(trial.of(connection, table, column));
            }
        }
    }

    private void tried(ColumnTrial.Result result) {
        if (result.noneGood()) {
            findings.misfit(
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
        result.tooShort().ifPresent(cure -> findings.misfit("column", result.column() + " is too short", cure));
    }

    /**
     * Looks at the brokers, or at the room for one.
     *
     * @param file migration.yaml
     * @param estimate what the migration will take, asked for where it matters
     */
    void kafka(Path file, Supplier<Estimate> estimate) throws InterruptedException {
        KafkaCheck kafka = new KafkaCheck(migration, findings);
        if (migration.kafka().isPresent()) {
            try (KafkaAccess access = KafkaAccess.of(migration, file)) {
                kafka.cluster(access.properties(), estimate);
            }
        } else {
            kafka.embedded(ExistingKafka.folder(file), estimate);
        }
    }
}
