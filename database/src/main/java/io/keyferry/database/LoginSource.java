package io.keyferry.database;

import io.keyferry.model.Migration;
import io.keyferry.model.Migration.Credentials;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;

/** Where user and password come from. Safe for many threads. */
@FunctionalInterface
public interface LoginSource {

    /**
     * Reads user and password as they are now.
     *
     * @throws DatabaseException where they are not there
     * @throws LoginUnavailableException where they cannot be read just now
     */
    DatabaseLogin read();

    /** How long what was read is used before it is read again; empty where that is until the server refuses it. */
    default Optional<Duration> usedFor() {
        return Optional.empty();
    }

    /** The source that a migration names. */
    static LoginSource of(Migration.Database database) {
        Credentials credentials = database.credentials();
        if (credentials instanceof Credentials.Iam iam) {
            return new IamLogin(
                    iam.user(),
                    DatabaseAddress.parse(database.url()),
                    DefaultCredentialsProvider.builder().build(),
                    Clock.systemUTC());
        }
        if (credentials instanceof Credentials.SecretsManager secret) {
            return new SecretLogin(secret.arn());
        }
        if (credentials instanceof Credentials.PasswordEnv env) {
            return new EnvironmentLogin(env.user(), env.variable(), System::getenv);
        }
        Credentials.PasswordFile file = (Credentials.PasswordFile) credentials;
        return new FileLogin(file.user(), file.file());
    }
}
