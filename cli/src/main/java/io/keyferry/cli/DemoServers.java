package io.keyferry.cli;

import io.keyferry.cli.demo.DemoDatabase;
import io.keyferry.cli.demo.DemoKeys;
import io.keyferry.database.JdbcDatabase;
import io.keyferry.kms.KmsAccess;
import io.keyferry.model.Migration;
import java.nio.file.Path;

/** Where a seeded demo's database, keys and KMS are, as its migration.yaml says. */
record DemoServers(DemoDatabase database, DemoKeys keys, KmsAccess home, KmsAccess secondRegion) {

    static DemoServers of(Path file, Console console) {
        Migration migration = Configuration.load(file, console);
        Migration.Keys keys = migration.keys();
        if (keys.replicas().isEmpty()) {
            throw new UsageException(file + " names no Region under keys.replicas, where the proof would decrypt");
        }
        String second = keys.replicas().get(0);
        JdbcDatabase database = JdbcDatabase.of(migration.database());
        return new DemoServers(
                () -> database.connect("demo"),
                new DemoKeys(
                        keys.source().get(0),
                        keys.target(),
                        keys.target().replace(":" + keys.region() + ":", ":" + second + ":")),
                KmsAccess.ofEnvironment(keys.region()),
                KmsAccess.ofEnvironment(second));
    }
}
