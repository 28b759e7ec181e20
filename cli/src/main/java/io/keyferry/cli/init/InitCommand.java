package io.keyferry.cli.init;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.keyferry.cli.terminal.Console;
import io.keyferry.cli.terminal.ExitCode;
import io.keyferry.cli.terminal.Interruptible;
import io.keyferry.cli.terminal.Prompt;
import io.keyferry.cli.terminal.UsageException;
import io.keyferry.cli.terminal.Version;
import io.keyferry.database.JdbcDatabase;
import io.keyferry.kms.KeyService;
import io.keyferry.kms.KeyServices;
import io.keyferry.kms.KmsAccess;
import io.keyferry.kms.KmsAnswer;
import io.keyferry.kms.KmsConnection;
import io.keyferry.kms.RetryListener;
import io.keyferry.model.ContextTemplate;
import io.keyferry.model.Migration;
import io.keyferry.model.TableName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code keyferry init}: finds encrypted columns in a database and writes a migration.yaml to be read over. */
@Command(
        name = "init",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description = {
            "Samples the columns of a database, asks KMS whose ciphertext they hold, and writes migration.yaml.",
            "Nothing is written to the database, and no plaintext leaves KMS.",
            "On a terminal it asks for what is not given, and for encryption contexts that KMS does not take."
        },
        footer = {
            "",
            "Examples:",
            "  keyferry init                                   asks for everything",
            "  keyferry init --url jdbc:postgresql://db:5432/app --user app --password-env DB_PASSWORD \\",
            "      --region us-west-2 --source arn:… --target arn:…",
            "  keyferry init … --context public.customers.ssn:customer_id={id},purpose=ssn --force"
        })
public final class InitCommand implements Callable<Integer> {

    private static final int REQUESTS_PER_SECOND = 20;

    @ParentCommand
    private Interruptible main;

    @Option(names = "--url", paramLabel = "URL", description = "JDBC URL without credentials.")
    private String url;

    @Mixin
    private LoginOptions login;

    @Option(names = "--region", description = "Region of the keys.")
    private String region;

    @Option(names = "--source", paramLabel = "ARN", description = "Source key; may be repeated.")
    private List<String> sources = new ArrayList<>();

    @Option(names = "--target", paramLabel = "ARN", description = "The multi-Region target key.")
    private String target;

    @Option(names = "--name", defaultValue = "migration", description = "Name of the migration.")
    private String name;

    @Option(names = "--schema", description = "Look only into this schema.")
    private String schema;

    @Option(names = "--table", paramLabel = "SCHEMA.TABLE", description = "Look only into this table; repeatable.")
    private List<String> tables = new ArrayList<>();

    @Option(
            names = "--context",
            paramLabel = "COLUMN:NAME=TEXT,…",
            description = "Encryption context of schema.table.column; {id} stands for a column; repeatable.")
    private List<String> contextOptions = new ArrayList<>();

    @Option(names = "--output", defaultValue = "migration.yaml", description = "File to write.")
    private Path output;

    @Option(names = "--force", description = "Overwrite the file.")
    private boolean force;

    @Option(names = "--json", description = "Print what was found as one JSON object on standard output.")
    private boolean json;

    @Override
    public Integer call() throws IOException, SQLException {
        if (Files.exists(output) && !force) {
            throw new UsageException(output + " is there already; add --force to overwrite it");
        }
        Console console = Console.of(json);
        askForTheRest();
        Migration.Credentials credentials = login.credentials();
        ObjectNode found = new ObjectMapper().createObjectNode();
        DraftFile draft;
        try (Connection connection = database(credentials).connect("init");
                KmsConnection kms =
                        KeyServices.open(KmsAccess.ofEnvironment(region), REQUESTS_PER_SECOND, RetryListener.NOBODY)) {
            draft = new DraftFile(name, url, login.lines(), region, sources, target, replicas(kms.withoutRetries()));
            look(connection, new KeyQuestion(kms.withoutRetries(), sources, target), draft, found, console);
        }
        write(draft.text());
        console.line("  wrote " + output + (draft.isComplete() ? "" : ", in which nothing is ready to migrate yet"));
        if (json) {
            System.out.println(found.put("file", output.toString()).put("ready", draft.isComplete()));
        }
        return draft.isComplete() ? 0 : ExitCode.FAILED;
    }

    /** Before anything is opened; Ctrl-C ends it at once. */
    private void askForTheRest() {
        List<String> missing = new ArrayList<>();
        Duration usual = main.interruption().stopWithin(Duration.ZERO);
        url = url != null ? url : asked("--url", "JDBC URL of the database, without credentials:", missing);
        if (!login.isGiven() && Prompt.isPossible()) {
            login.ask();
        } else if (!login.isGiven()) {
            missing.add("--user with --password-env or --password-file, or --secret");
        }
        region = region != null ? region : asked("--region", "Region of the keys, such as us-west-2:", missing);
        if (sources.isEmpty()) {
            sources = List.of(asked("--source", "ARN of the source key:", missing));
        }
        target = target != null ? target : asked("--target", "ARN of the multi-Region target key:", missing);
        main.interruption().stopWithin(usual);
        if (!missing.isEmpty()) {
            throw new UsageException("there is no terminal to ask on; add " + String.join(", ", missing));
        }
    }

    private static String asked(String option, String question, List<String> missing) {
        if (Prompt.isPossible()) {
            return Prompt.line(question);
        }
        missing.add(option);
        return "";
    }

    private List<String> replicas(KeyService kms) {
        return KmsAnswer.of(kms.describe(target)).regions().stream()
                .filter(other -> !other.equals(region))
                .sorted()
                .toList();
    }

    private JdbcDatabase database(Migration.Credentials credentials) {
        try {
            return JdbcDatabase.of(new Migration.Database(url, credentials));
        } catch (IllegalArgumentException e) {
            throw new UsageException("--url: " + e.getMessage());
        }
    }

    private void look(Connection connection, KeyQuestion kms, DraftFile draft, ObjectNode json, Console console)
            throws SQLException {
        Map<String, Map<String, String>> texts = ContextOption.parse(contextOptions);
        Map<String, ContextTemplate> contexts = new LinkedHashMap<>();
        Map<TableName, List<DraftFile.Finding>> byTable = new LinkedHashMap<>();
        List<TableName> only;
        try {
            texts.forEach((column, entries) -> contexts.put(column, ContextTemplate.parse(entries)));
            only = tables.stream().map(TableName::parse).toList();
        } catch (IllegalArgumentException e) {
            throw new UsageException(e.getMessage());
        }
        DatabaseScan scan = new DatabaseScan(connection, contexts);
        for (FoundColumn column : scan.columns(schema, only)) {
            String qualified = column.table() + "." + column.column();
            KeyQuestion.Answer first = kms.ask(column, contexts.getOrDefault(qualified, ContextTemplate.NONE));
            DraftFile.Finding finding = new DraftFile.Finding(column, texts.getOrDefault(qualified, Map.of()), first);
            if (first.refused() && Prompt.isPossible()) {
                finding = new MissingContext(connection, kms, console).ask(finding);
            }
            KeyQuestion.Answer answer = finding.answer();
            byTable.computeIfAbsent(column.table(), any -> new ArrayList<>()).add(finding);
            console.line("  " + qualified + "  " + column.encoding().word() + "  " + finding.summary() + "; "
                    + answer.remark());
            json.withArray("columns")
                    .addObject()
                    .put("column", qualified)
                    .put("encoding", column.encoding().word())
                    .put("sampled", column.sampled())
                    .put("kms", column.kms())
                    .put("encryptionSdk", column.sdk())
                    .put("confirmed", answer.confirmed())
                    .put("remark", answer.remark());
        }
        for (String unread : scan.unread()) {
            console.line("  not looked at: " + unread);
            json.withArray("unread").add(unread);
        }
        for (Map.Entry<TableName, List<DraftFile.Finding>> table : byTable.entrySet()) {
            List<Migration.Column> confirmed = table.getValue().stream()
                    .filter(DraftFile.Finding::confirmed)
                    .map(it -> new Migration.Column(
                            it.column().column(), it.column().encoding(), ContextTemplate.parse(it.context())))
                    .toList();
            RowKey key = RowKey.of(connection, table.getKey(), confirmed);
            draft.table(table.getKey(), key.index(), key.problem(), table.getValue());
        }
    }

    /** Whole or not at all; without --force never over a file that has appeared meanwhile. */
    private void write(String text) throws IOException {
        if (!force) {
            Files.writeString(output, text, StandardOpenOption.CREATE_NEW);
            return;
        }
        Path written = output.toAbsolutePath().resolveSibling(output.getFileName() + ".new");
        Files.writeString(written, text);
        Files.move(written, output.toAbsolutePath(), StandardCopyOption.REPLACE_EXISTING);
    }
}
