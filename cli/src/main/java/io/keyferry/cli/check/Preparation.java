package io.keyferry.cli.check;

import io.keyferry.cli.terminal.Console;
import io.keyferry.cli.terminal.UsageException;
import io.keyferry.database.Catalog;
import io.keyferry.database.Database;
import io.keyferry.kms.KeyDescription;
import io.keyferry.kms.KeyService;
import io.keyferry.kms.KmsAnswer;
import io.keyferry.model.KeyFerryException;
import io.keyferry.model.Migration;
import io.keyferry.model.TableLayout;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** What is looked at before anything starts: database, keys, and a sample of every column. It writes nothing. */
public final class Preparation {

    private final Migration migration;
    private final Database database;
    private final KeyService kms;
    private final String endpoint;
    private final Console console;
    private final List<String> tooShort = new ArrayList<>();

    public Preparation(Migration migration, Database database, KeyService kms, String endpoint, Console console) {
        this.migration = migration;
        this.database = database;
        this.kms = kms;
        this.endpoint = endpoint;
        this.console = console;
    }

    /**
     * Prints what it finds.
     *
     * @return the layouts of the migration's tables
     * @throws KeyFerryException where the migration cannot work
     */
    public List<TableLayout> run() {
        console.line("  database   " + database.address());
        console.line("  AWS        account " + accounts() + " of the keys, KMS at " + endpoint);
        migration.keys().source().forEach(key -> describe("source", key));
        KeyDescription target = describe("target", migration.keys().target());
        checkTarget(target);
        return looked(true);
    }

    /**
     * The same for stages that ask nothing of KMS: they work without it, also where the source key is gone.
     *
     * @throws KeyFerryException where the migration cannot work
     */
    public List<TableLayout> withoutKms() {
        console.line("  database   " + database.address());
        return looked(false);
    }

    private List<TableLayout> looked(boolean sampling) {
        try (Connection connection = database.connect("check")) {
            List<TableLayout> layouts = Catalog.layouts(connection, migration.tables());
            if (migration.changes().isPresent()) {
                console.line("  changes    "
                        + ConnectorSlot.check(connection, migration.changes().get()));
            }
            for (Migration.Table table : sampling ? migration.tables() : List.<Migration.Table>of()) {
                for (Migration.Column column : table.columns()) {
                    sample(connection, table, column);
                }
            }
            if (!tooShort.isEmpty()) {
                throw new UsageException("Columns are too short:\n  " + String.join("\n  ", tooShort));
            }
            return layouts;
        } catch (SQLException e) {
            throw new KeyFerryException(
                    "The database at " + database.address() + " cannot be used: " + e.getMessage(), e);
        }
    }

    private String accounts() {
        Set<String> accounts = new LinkedHashSet<>();
        migration.keys().source().forEach(key -> accounts.add(account(key)));
        accounts.add(account(migration.keys().target()));
        return String.join(", ", accounts);
    }

    private static String account(String arn) {
        return arn.split(":")[4];
    }

    private KeyDescription describe(String role, String arn) {
        KeyDescription key = KmsAnswer.of(kms.describe(arn));
        console.line("  " + role + " key " + arn + " (" + key.state()
                + (key.multiRegion() ? ", multi-Region: " + String.join(", ", key.regions()) : "") + ")");
        if (!key.isEnabled()) {
            throw new KeyFerryException("The " + role + " key " + arn + " is " + key.state()
                    + ", so nothing can be re-encrypted. Enable it and run again.");
        }
        return key;
    }

    private void checkTarget(KeyDescription target) {
        if (!target.multiRegion()) {
            throw new UsageException("keys.target " + target.arn()
                    + " is not a multi-Region key, so no other Region could decrypt what is encrypted under it");
        }
        Set<String> missing = new HashSet<>(migration.keys().replicas());
        missing.removeAll(target.regions());
        if (!missing.isEmpty()) {
            throw new UsageException("keys.replicas names " + missing + ", where the target key has no replica;"
                    + " make one (aws kms replicate-key), or take the Region out");
        }
    }

    private void sample(Connection connection, Migration.Table table, Migration.Column column) throws SQLException {
        ColumnTrial.Result result = new ColumnTrial(migration.keys(), kms).of(connection, table, column);
        console.line("  sample     " + result);
        if (result.noneGood()) {
            throw new UsageException("None of " + result.tried() + " sampled values of " + result.column()
                    + " can be re-encrypted: " + result.reasons()
                    + ".\nCorrect the column's encoding, context or keys.source in migration.yaml.");
        }
        result.tooShort().ifPresent(tooShort::add);
    }
}
