package io.keyferry.cli.check;

import io.keyferry.cli.terminal.Console;
import io.keyferry.cli.terminal.UsageException;
import io.keyferry.database.Database;
import io.keyferry.kms.KeyService;
import io.keyferry.model.KeyFerryException;
import io.keyferry.model.Migration;
import io.keyferry.model.TableLayout;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The check before anything starts: what it finds in the way refuses the run, all of it at once. It writes nothing. */
public final class Preparation {

    private final Migration migration;
    private final Database database;
    private final Console console;
    private final Findings findings;
    private final Check check;

    public Preparation(Migration migration, Database database, Console console) {
        this.migration = migration;
        this.database = database;
        this.console = console;
        findings = new Findings(finding -> {
            if (finding.mark() == Finding.Mark.WARNING) {
                console.line("  ! " + finding.text());
            }
        });
        check = new Check(migration, findings);
    }

    /**
     * Says which keys there are, and where.
     *
     * @param endpoint of KMS, for people
     */
    public void tellKeys(String endpoint) {
        Set<String> accounts = new LinkedHashSet<>();
        migration.keys().source().forEach(key -> accounts.add(account(key)));
        accounts.add(account(migration.keys().target()));
        console.line("  AWS        account " + String.join(", ", accounts) + " of the keys, KMS at " + endpoint);
        migration.keys().source().forEach(key -> console.line("  source key " + key));
        console.line("  target key " + migration.keys().target());
        if (migration.verifyBeforeWrite()) {
            console.line("  verify     old and new ciphertext are decrypted and compared before a value is written");
        }
    }

    private static String account(String arn) {
        return arn.split(":")[4];
    }

    /**
     * Looks at everything that the stages need.
     *
     * @param kms empty for stages that ask nothing of KMS: they work without it, also where the source key is gone
     * @param streams whether the snapshot stage is among them
     * @param file migration.yaml, where its Kafka is to be looked at too
     * @return the layouts of the migration's tables
     * @throws UsageException naming everything that is in the way, where migration.yaml or the tables do not fit
     * @throws KeyFerryException the same, where it is something else
     */
    public List<TableLayout> run(Optional<KeyService> kms, boolean streams, Optional<Path> file) {
        console.line("  database   " + database.address());
        List<TableLayout> layouts = check.run(database, kms, streams);
        file.ifPresent(this::kafka);
        List<Finding> inTheWay = findings.inTheWay();
        if (inTheWay.isEmpty()) {
            console.line("  checked    " + findings.count(Finding.Mark.GOOD)
                    + " things are as they should be; keyferry check names them");
            return layouts;
        }
        StringBuilder text = new StringBuilder(migration.name() + " cannot run yet:");
        inTheWay.forEach(finding -> text.append("\n  ").append(finding.lines()));
        throw findings.count(Finding.Mark.MISFIT) > 0
                ? new UsageException(text.toString())
                : new KeyFerryException(text.toString());
    }

    private void kafka(Path file) {
        try {
            check.kafka(file, () -> Estimate.of(migration, TableSizes.values(migration.tables(), database)));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new KeyFerryException("interrupted while waiting for Kafka", e);
        }
    }
}
