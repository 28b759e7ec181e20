package io.keyferry.cli;

import io.keyferry.cli.configuration.Configuration;
import io.keyferry.cli.demo.DemoDatabase;
import io.keyferry.cli.demo.DemoKeys;
import io.keyferry.cli.terminal.Console;
import io.keyferry.cli.terminal.UsageException;
import io.keyferry.database.JdbcDatabase;
import io.keyferry.kms.KmsAccess;
import io.keyferry.model.Migration;
import io.keyferry.sandbox.kms.LocalKms;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * Where a seeded demo's database, keys and KMS are, as its migration.yaml says. The demo writes, and disables a key, so it
 * refuses a migration whose keys are not those of a local KMS.
 */
record DemoServers(DemoDatabase database, DemoKeys keys, KmsAccess home, KmsAccess secondRegion) {

    /** Refuses to make keys and secrets anywhere but in a local KMS. */
    static void demandLocalKms(UnaryOperator<String> environment) {
        for (String service : List.of("KMS", "SECRETS_MANAGER")) {
            String endpoint = Optional.ofNullable(environment.apply("AWS_ENDPOINT_URL_" + service))
                    .or(() -> Optional.ofNullable(environment.apply("AWS_ENDPOINT_URL")))
                    .orElse("");
            if (endpoint.isBlank() || endpoint.contains("amazonaws.com")) {
                throw new UsageException(
                        "The demo makes keys and a secret, which cost money in AWS. Set AWS_ENDPOINT_URL_" + service
                                + " to a local KMS, such as keyferry sandbox --only kms starts");
            }
        }
    }

    static DemoServers of(Path file, Console console) {
        Migration migration = Configuration.load(file, console);
        Migration.Keys keys = migration.keys();
        if (keys.replicas().isEmpty()) {
            throw new UsageException(file + " names no Region under keys.replicas, where the proof would decrypt");
        }
        String account = keys.source().get(0).split(":")[4];
        if (!account.equals(LocalKms.ACCOUNT)) {
            throw new UsageException("The keys in " + file + " are those of account " + account
                    + ", not of a local KMS: this is no demo, and nothing is done");
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
