package io.keyferry.cli.verify;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.keyferry.cli.check.TableSizes;
import io.keyferry.cli.configuration.FileParameter;
import io.keyferry.cli.terminal.Console;
import io.keyferry.cli.terminal.ExitCode;
import io.keyferry.cli.terminal.Figures;
import io.keyferry.cli.terminal.Interruptible;
import io.keyferry.cli.terminal.UsageException;
import io.keyferry.cli.terminal.Version;
import io.keyferry.database.Catalog;
import io.keyferry.database.JdbcDatabase;
import io.keyferry.model.KeyFerryException;
import io.keyferry.model.Migration;
import io.keyferry.model.TableLayout;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.ParentCommand;

/** {@code keyferry verify}: whether every value decrypts under the target key, in every Region. */
@Command(
        name = "verify",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description = {
            "Reads the tables by row key and decrypts every value in every Region, pinned to the target key. What does not"
                    + " decrypt is named by table, row key and column. Changes nothing; no stage need be stopped.",
            "What was found stays beside migration.yaml, as NAME.verification-TIME.json."
        },
        footer = {
            "",
            "Examples:",
            "  keyferry verify",
            "  keyferry verify migration.yaml --sample 1000 --region us-east-1",
            "  keyferry verify --url jdbc:postgresql://replica.us-east-1.internal:5432/app --without-plaintext",
            "  keyferry verify --resume --json"
        })
public final class VerifyCommand implements Callable<Integer> {

    @ParentCommand
    private Interruptible main;

    @Mixin
    private FileParameter file;

    @Mixin
    private VerifyOptions options;

    @Override
    public Integer call() throws InterruptedException {
        options.check();
        Console console = Console.of(options.json());
        Migration migration = file.load(console, options.overrides());
        int rate = options.rate(migration.keys());
        JdbcDatabase database = JdbcDatabase.of(migration.database());
        Scope scope = Scope.of(
                migration,
                database.address(),
                options.method(),
                options.sample(),
                options.regions(migration.keys(), file.path()));
        RecordFiles files = new RecordFiles(file.path(), migration.name());
        Optional<Verification> unfinished = unfinished(files, scope);
        console.line("  database   " + database.address());
        console.line("  rows       " + scope.rows());
        console.line("  KMS        " + scope.method().word() + " in " + String.join(", ", scope.regions())
                + ", pinned to the target key; at most " + Figures.count(rate) + " requests/s in each");
        unfinished.ifPresent(begun -> console.line(
                "  resume     the one of " + begun.began() + ", after " + Figures.count(begun.values()) + " values"));
        Verification verification = unfinished.orElseGet(
                () -> Verification.begin(scope, migration, Instant.now().truncatedTo(ChronoUnit.MILLIS)));
        return verify(migration, database, verification, rate, files, console);
    }

    private Optional<Verification> unfinished(RecordFiles files, Scope scope) {
        Optional<Verification> unfinished = options.again() ? Optional.empty() : files.unfinished();
        if (unfinished.isEmpty()) {
            return unfinished;
        }
        Verification begun = unfinished.get();
        String which = "The verification of " + begun.began() + " has not ended (" + Figures.count(begun.values())
                + " values looked at; " + files.place() + ")";
        if (!options.resume()) {
            throw new UsageException(which + ". Go on with it by --resume, or begin anew by --again.");
        }
        List<String> differences = scope.differences(begun.scope());
        if (!differences.isEmpty()) {
            throw new UsageException(which + " and is another one than you ask for:\n  "
                    + String.join("\n  ", differences) + "\nAsk for the same, or begin anew by --again.");
        }
        return unfinished;
    }

    private int verify(
            Migration migration,
            JdbcDatabase database,
            Verification verification,
            int rate,
            RecordFiles files,
            Console console)
            throws InterruptedException {
        Instant begun = Instant.now();
        try (RegionalKeys kms = new RegionalKeys(
                migration.keys(),
                verification.scope().regions(),
                verification.scope().method(),
                rate)) {
            kms.requireUsable();
            try (VerifyRun run = open(migration, database, verification, rate, files, console, kms)) {
                run.run();
            }
            return tell(verification, files, kms.requests(), Duration.between(begun, Instant.now()), console);
        } catch (Stopped e) {
            console.line("  stopped; " + Figures.count(verification.values())
                    + " values have been looked at, and --resume goes on");
            return ExitCode.INTERRUPTED;
        }
    }

    private VerifyRun open(
            Migration migration,
            JdbcDatabase database,
            Verification verification,
            int rate,
            RecordFiles files,
            Console console,
            RegionalKeys kms) {
        try (Connection connection = database.connect("verify")) {
            List<TableLayout> layouts = Catalog.readable(connection, migration.tables());
            return new VerifyRun(
                    migration,
                    layouts,
                    TableSizes.values(migration.tables(), database),
                    verification,
                    kms,
                    rate,
                    database,
                    files,
                    main.interruption(),
                    console);
        } catch (SQLException e) {
            throw new KeyFerryException(
                    "The database at " + database.address() + " cannot be used: " + e.getMessage(), e);
        }
    }

    private int tell(Verification verification, RecordFiles files, long requests, Duration took, Console console) {
        Instant ended = Instant.now().truncatedTo(ChronoUnit.MILLIS);
        Path record = files.end(verification, ended);
        VerifyText.print(verification, console);
        boolean good = verification.mismatchCount() == 0;
        console.line("  " + Figures.count(verification.values()) + " values"
                + (verification.scope().sample().isPresent() ? " of the sample" : "")
                + (good
                        ? " all decrypt in "
                                + String.join(", ", verification.scope().regions())
                        : ", " + Figures.count(verification.mismatchCount()) + " of which do not decrypt")
                + "; " + Figures.count(requests) + " KMS requests in " + Figures.duration(took));
        console.line("  record     " + record);
        if (options.json()) {
            ObjectNode node = verification.json(ended);
            System.out.println(node);
        }
        return good ? ExitCode.DONE : ExitCode.FAILED;
    }
}
