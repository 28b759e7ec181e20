package io.keyferry.cli;

import io.keyferry.cli.check.Preparation;
import io.keyferry.cli.configuration.StageName;
import io.keyferry.cli.demo.DemoKeys;
import io.keyferry.cli.demo.DemoTable;
import io.keyferry.cli.demo.EncryptedColumn;
import io.keyferry.cli.kafka.KafkaAccess;
import io.keyferry.cli.kms.KmsTrouble;
import io.keyferry.cli.meters.RunMeters;
import io.keyferry.cli.terminal.Console;
import io.keyferry.cli.terminal.Interruption;
import io.keyferry.cli.terminal.Version;
import io.keyferry.database.Database;
import io.keyferry.database.DatabaseLogin;
import io.keyferry.database.JdbcDatabase;
import io.keyferry.kms.KeyServices;
import io.keyferry.kms.KmsAccess;
import io.keyferry.kms.KmsConnection;
import io.keyferry.model.ContextTemplate;
import io.keyferry.model.Migration;
import io.keyferry.model.SnapshotMode;
import io.keyferry.model.TableLayout;
import io.keyferry.model.TableName;
import io.keyferry.sandbox.Sandbox;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;

/** The migration of the demo's table, in a sandbox. */
final class DemoMigration {

    private static final int REQUESTS_PER_SECOND = 10_000;

    private final Sandbox sandbox;
    private final Console console;
    private final AwsCredentialsProvider credentials =
            StaticCredentialsProvider.create(AwsBasicCredentials.create("sandbox", "sandbox"));

    DemoMigration(Sandbox sandbox, Console console) {
        this.sandbox = sandbox;
        this.console = console;
    }

    DemoKeys keys() {
        String target = sandbox.targetKeyArn();
        return new DemoKeys(sandbox.sourceKeyArn(), target, target.replace(sandbox.region(), sandbox.replicaRegion()));
    }

    /** KMS in the Region of the keys. */
    KmsAccess home() {
        return access(sandbox.region());
    }

    KmsAccess secondRegion() {
        return access(sandbox.replicaRegion());
    }

    private KmsAccess access(String region) {
        return new KmsAccess(region, Optional.of(sandbox.kms().endpoint()), Optional.of(credentials));
    }

    private Migration migration() {
        List<Migration.Column> columns = Arrays.stream(EncryptedColumn.values())
                .map(column -> new Migration.Column(
                        column.column(), column.encoding(), ContextTemplate.parse(column.contextTexts())))
                .toList();
        return new Migration(
                "demo",
                new Migration.Database(
                        sandbox.postgres().jdbcUrl(), new Migration.Credentials.SecretsManager(sandbox.secretArn())),
                new Migration.Keys(
                        sandbox.region(),
                        List.of(sandbox.sourceKeyArn()),
                        sandbox.targetKeyArn(),
                        List.of(sandbox.replicaRegion()),
                        REQUESTS_PER_SECOND),
                Optional.of(new Migration.Kafka(sandbox.kafka().bootstrapServers(), Optional.empty(), Map.of())),
                SnapshotMode.DEFAULT,
                List.of(new Migration.Table(TableName.parse(DemoTable.NAME), columns)),
                Migration.DEFAULT_MAX_DEAD_LETTERS);
    }

    /** Looks at everything as {@code keyferry run} does, and starts all three stages. */
    Running start(Interruption interruption) {
        Migration migration = migration();
        DatabaseLogin login =
                new DatabaseLogin(sandbox.postgres().user(), sandbox.postgres().password());
        Database database = new JdbcDatabase(migration.database().url(), () -> login);
        KmsTrouble trouble = new KmsTrouble();
        RunMeters meters = new RunMeters(migration, Version.number());
        KmsConnection kms = KeyServices.open(home(), REQUESTS_PER_SECOND, trouble);
        try {
            Preparation preparation = new Preparation(migration, database, console);
            preparation.tellKeys(sandbox.kms().endpoint().toString());
            List<TableLayout> layouts = preparation.run(Optional.of(kms.withoutRetries()), true, Optional.empty());
            KafkaAccess kafka = KafkaAccess.open(migration, null);
            kafka.createTopics(migration);
            MigrationRun run = new MigrationRun(
                    migration,
                    layouts,
                    EnumSet.allOf(StageName.class),
                    database,
                    kms,
                    trouble,
                    kafka.properties(),
                    console,
                    meters,
                    true);
            run.start(interruption);
            return new Running(run, kms, meters);
        } catch (RuntimeException e) {
            kms.close();
            meters.close();
            throw e;
        }
    }

    /** The stages at work. */
    record Running(MigrationRun run, KmsConnection kms, RunMeters meters) implements AutoCloseable {

        /** Whether it got there, rather than being interrupted, late, or left with dead letters. */
        boolean await(Until until, Duration timeout, Interruption interruption) throws InterruptedException {
            return run.await(Optional.of(until), Optional.of(timeout), interruption) == MigrationRun.End.REACHED;
        }

        RunSummary summary() {
            return run.summary();
        }

        @Override
        public void close() {
            try (meters;
                    kms) {
                run.close();
            }
        }
    }
}
