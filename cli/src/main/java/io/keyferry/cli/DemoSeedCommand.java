package io.keyferry.cli;

import io.keyferry.cli.demo.DemoKeys;
import io.keyferry.cli.demo.DemoProvisioning;
import io.keyferry.cli.demo.DemoSeed;
import io.keyferry.cli.terminal.Console;
import io.keyferry.cli.terminal.Figures;
import io.keyferry.cli.terminal.UsageException;
import io.keyferry.cli.terminal.Version;
import io.keyferry.database.DatabaseLogin;
import io.keyferry.database.JdbcDatabase;
import io.keyferry.kms.KmsAccess;
import io.keyferry.model.Migration;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code keyferry demo seed}: what the demo's other parts need, on servers that are there; made once. */
@Command(
        name = "seed",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description =
                "Makes the demo's keys and secret, fills a table of customers under the source key, and writes the"
                        + " migration.yaml for it. What is there already stays as it is.",
        footer = {
            "",
            "Example:",
            "  keyferry demo seed --database-url jdbc:postgresql://db:5432/app --user app --password-env PGPASSWORD \\",
            "      --kafka kafka:9092 migration.yaml"
        })
final class DemoSeedCommand implements Callable<Integer> {

    @Parameters(
            paramLabel = "FILE",
            arity = "0..1",
            defaultValue = "migration.yaml",
            description = "The file to write (${DEFAULT-VALUE}).")
    private Path file;

    @Option(names = "--database-url", paramLabel = "URL", required = true, description = "JDBC URL of the database.")
    private String databaseUrl;

    @Option(names = "--user", required = true, description = "User of the database, who may create tables in it.")
    private String user;

    @Option(
            names = "--password-env",
            paramLabel = "NAME",
            defaultValue = "PGPASSWORD",
            description = "Environment variable with the user's password (${DEFAULT-VALUE}).")
    private String passwordVariable;

    @Option(names = "--kafka", paramLabel = "HOST:PORT,…", required = true, description = "Kafka, for migration.yaml.")
    private String kafka;

    @Option(names = "--region", defaultValue = "us-west-2", description = "Region of the keys (${DEFAULT-VALUE}).")
    private String region;

    @Option(
            names = "--replica-region",
            paramLabel = "REGION",
            defaultValue = "us-east-1",
            description = "The second Region (${DEFAULT-VALUE}).")
    private String replicaRegion;

    @Option(names = "--rows", defaultValue = "20000", description = "Customers in the table (${DEFAULT-VALUE}).")
    private int rows;

    @Option(
            names = "--max-requests-per-second",
            paramLabel = "N",
            defaultValue = "5000",
            description = "The migration's share of the KMS quota, for migration.yaml (${DEFAULT-VALUE}).")
    private int maxRequestsPerSecond;

    @Override
    public Integer call() throws Exception {
        if (rows < 1) {
            throw new UsageException("--rows takes a number from 1");
        }
        DemoServers.demandLocalKms(System::getenv);
        DemoStory story = new DemoStory(Console.of(false));
        JdbcDatabase database = JdbcDatabase.of(
                new Migration.Database(databaseUrl, new Migration.Credentials.PasswordEnv(user, passwordVariable)));
        DatabaseLogin login = database.login();
        try (DemoProvisioning provisioning = new DemoProvisioning(region, replicaRegion)) {
            DemoKeys keys = provisioning.keys();
            story.tell("The source key is " + keys.source() + ", the target key " + keys.target()
                    + " with a replica in " + replicaRegion);
            boolean made =
                    new DemoSeed(() -> database.connect("demo"), KmsAccess.ofEnvironment(region), keys).fill(rows);
            story.tell(
                    made
                            ? Figures.count(rows) + " customers, two columns each under the source key"
                            : "The customers are there already");
            String secret = provisioning.secret(login.user(), login.password());
            new DemoMigrationFile(databaseUrl, secret, region, replicaRegion, keys, kafka, maxRequestsPerSecond)
                    .write(file);
            story.tell(file + " is written");
        }
        return 0;
    }
}
