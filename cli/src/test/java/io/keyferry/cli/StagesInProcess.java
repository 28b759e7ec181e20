package io.keyferry.cli;

import io.keyferry.cli.kafka.KafkaAccess;
import io.keyferry.cli.kms.KmsTrouble;
import io.keyferry.database.Catalog;
import io.keyferry.database.Database;
import io.keyferry.database.DatabaseLogin;
import io.keyferry.database.JdbcDatabase;
import io.keyferry.kms.KeyServices;
import io.keyferry.kms.KmsAccess;
import io.keyferry.kms.KmsConnection;
import io.keyferry.model.Migration;
import io.keyferry.model.SnapshotMode;
import io.keyferry.model.Stage;
import io.keyferry.model.TableLayout;
import io.keyferry.sandbox.Sandbox;
import io.keyferry.sink.SinkStage;
import io.keyferry.snapshot.SnapshotStage;
import io.keyferry.stream.KeyRing;
import io.keyferry.stream.StreamProcessorStage;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;

/** The stages of one migration in a sandbox, to be started one by one in this process. */
final class StagesInProcess implements AutoCloseable {

    private final Migration migration;
    private final Database database;
    private final KmsConnection kms;
    private final Map<String, Object> kafka;
    private final List<TableLayout> layouts;

    StagesInProcess(
            Sandbox sandbox, String name, SnapshotMode mode, int requestsPerSecond, List<Migration.Table> tables)
            throws SQLException {
        migration = new Migration(
                name,
                new Migration.Database(
                        sandbox.postgres().jdbcUrl(), new Migration.Credentials.SecretsManager(sandbox.secretArn())),
                new Migration.Keys(
                        sandbox.region(),
                        List.of(sandbox.sourceKeyArn()),
                        sandbox.targetKeyArn(),
                        List.of(sandbox.replicaRegion()),
                        requestsPerSecond),
                Optional.of(new Migration.Kafka(sandbox.kafka().bootstrapServers(), Optional.empty(), Map.of())),
                mode,
                tables,
                Migration.DEFAULT_MAX_DEAD_LETTERS);
        DatabaseLogin login =
                new DatabaseLogin(sandbox.postgres().user(), sandbox.postgres().password());
        database = new JdbcDatabase(migration.database().url(), () -> login);
        KafkaAccess access = KafkaAccess.open(migration, null);
        access.createTopics(migration);
        kafka = access.properties();
        try (Connection connection = database.connect("test")) {
            layouts = Catalog.layouts(connection, migration.tables());
        }
        kms = KeyServices.open(access(sandbox, sandbox.region()), requestsPerSecond, new KmsTrouble());
    }

    static KmsAccess access(Sandbox sandbox, String region) {
        return new KmsAccess(
                region,
                Optional.of(sandbox.kms().endpoint()),
                Optional.of(StaticCredentialsProvider.create(AwsBasicCredentials.create("sandbox", "sandbox"))));
    }

    Migration migration() {
        return migration;
    }

    Map<String, Object> kafka() {
        return kafka;
    }

    Stage snapshot() {
        return started(new SnapshotStage(migration, layouts, database, kafka));
    }

    Stage streamProcessor() {
        return started(new StreamProcessorStage(migration, layouts, kms.service(), new KeyRing(), kafka, kms::share));
    }

    Stage sink() {
        return started(new SinkStage(migration, layouts, database, kafka));
    }

    private static Stage started(Stage stage) {
        stage.start();
        return stage;
    }

    @Override
    public void close() {
        kms.close();
    }
}
