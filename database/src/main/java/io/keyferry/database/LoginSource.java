package io.keyferry.database;

import io.keyferry.model.Migration.Credentials;

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

    /** The source that a migration names. */
    static LoginSource of(Credentials credentials) {
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
