package io.keyferry.cli.report;

import io.keyferry.cli.configuration.FileParameter;
import io.keyferry.cli.kafka.ExistingKafka;
import io.keyferry.cli.terminal.Console;
import io.keyferry.cli.terminal.ExitCode;
import io.keyferry.cli.terminal.Version;
import io.keyferry.database.JdbcDatabase;
import io.keyferry.model.KeyFerryException;
import io.keyferry.model.Migration;
import io.keyferry.model.Topics;
import io.keyferry.model.file.MigrationFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.apache.kafka.common.KafkaException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code keyferry report}: the evidence that the migrated columns no longer need the source keys, with a verdict. */
@Command(
        name = "report",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description = {
            "Gathers the evidence that the migrated columns no longer need the source keys, and judges it: safe, or not yet,",
            "because …. Writes it beside migration.yaml as HTML, to be read and printed, and as JSON with its SHA-256. It",
            "changes nothing else. Exit code 1 means not yet."
        },
        footer = {
            "",
            "Examples:",
            "  keyferry report",
            "  keyferry report migration.yaml --output evidence/ --json",
            "  keyferry report --verification /var/records/customers.verification-1.json"
        })
public final class ReportCommand implements Callable<Integer> {

    @Mixin
    private FileParameter file;

    @Option(
            names = "--output",
            paramLabel = "PATH",
            description =
                    "Folder of the files, or what their names begin with (default: <name>.report beside the file).")
    private Path output;

    @Option(
            names = "--verification",
            paramLabel = "FILE",
            description = "A verification record that is not beside migration.yaml; repeatable.")
    private List<Path> verifications = new ArrayList<>();

    @Option(names = "--json", description = "Print the JSON on standard output too.")
    private boolean json;

    @Override
    public Integer call() throws IOException, InterruptedException {
        Console console = Console.of(json);
        Migration migration = file.load(console);
        ReportFiles files = ReportFiles.of(output, file.path(), migration.name());
        List<VerificationRecord> records = records(migration);
        JdbcDatabase database = JdbcDatabase.of(migration.database());
        Evidence evidence;
        try (ExistingKafka kafka = ExistingKafka.open(migration, file.path())) {
            console.line("  Kafka      " + kafka.access().description());
            Topics topics = new Topics(migration.name());
            kafka.require(topics.progress(), topics.deadLetters());
            evidence = new EvidenceReader(migration, configuration(), kafka, database).read(records);
        } catch (KafkaException e) {
            throw new KeyFerryException("Kafka does not tell how the migration is: " + e.getMessage(), e);
        } catch (SQLException e) {
            // what the server says of data may quote it
            String state = e.getSQLState();
            throw new KeyFerryException(
                    "The database at " + database.address() + " cannot be used: "
                            + (state != null && state.startsWith("22") ? "SQLSTATE " + state : e.getMessage()),
                    e);
        }
        return write(evidence, Verdict.of(evidence), files, console);
    }

    /** Those beside migration.yaml and those that were named, each once. */
    private List<VerificationRecord> records(Migration migration) throws IOException {
        Map<Path, VerificationRecord> byFile = new TreeMap<>();
        for (VerificationRecord record : VerificationRecord.beside(file.path(), migration)) {
            byFile.put(record.file().toRealPath(), record);
        }
        for (Path named : verifications) {
            VerificationRecord record = VerificationRecord.read(named);
            byFile.put(named.toRealPath(), record);
        }
        return List.copyOf(byFile.values());
    }

    private Evidence.Configuration configuration() throws IOException {
        return new Evidence.Configuration(
                file.path().getFileName().toString(),
                ReportFiles.sha256(Files.readAllBytes(file.path())),
                MigrationFile.load(file.path(), System.getenv()).overrides());
    }

    private int write(Evidence evidence, Verdict verdict, ReportFiles files, Console console) {
        byte[] record = new ReportJson(evidence, verdict).bytes();
        String sha256 = ReportFiles.sha256(record);
        String page = new ReportHtml(evidence, verdict)
                .text(files.json().getFileName().toString(), sha256);
        files.write(page, record, sha256);
        if (verdict.safe()) {
            console.line("  safe       as of " + Readiness.time(verdict.asOf())
                    + " these columns need the source key no more: disable it first, watch, and delete it later");
        } else {
            console.line("  not yet, because");
            verdict.reasons().forEach(reason -> console.line("    " + reason));
        }
        console.line("  HTML       " + files.html());
        console.line("  JSON       " + files.json());
        console.line("  SHA-256    " + sha256);
        if (json) {
            System.out.print(new String(record, StandardCharsets.UTF_8));
            System.out.flush();
        }
        return verdict.safe() ? ExitCode.DONE : ExitCode.FAILED;
    }
}
