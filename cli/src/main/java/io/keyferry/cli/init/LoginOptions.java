package io.keyferry.cli.init;

import io.keyferry.cli.terminal.Prompt;
import io.keyferry.cli.terminal.UsageException;
import io.keyferry.model.Migration;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Option;

/** The database's credentials, as options and as lines of migration.yaml. */
final class LoginOptions {

    @Option(names = "--user", paramLabel = "USER", description = "Database user, with one of --password-….")
    private String user;

    @Option(names = "--password-env", paramLabel = "VARIABLE", description = "Variable that holds the password.")
    private String passwordEnv;

    @Option(names = "--password-file", paramLabel = "FILE", description = "File that holds the password.")
    private Path passwordFile;

    @Option(names = "--secret", paramLabel = "ARN", description = "Secret of AWS Secrets Manager with the login.")
    private String secret;

    boolean isGiven() {
        return user != null || passwordEnv != null || passwordFile != null || secret != null;
    }

    /** Asks for the login; never for a password, which has no place in a file. */
    void ask() {
        user = Prompt.line("Database user:");
        passwordEnv = Prompt.line("Environment variable that holds its password:");
    }

    Migration.Credentials credentials() {
        boolean withUser = user != null && (passwordEnv == null) != (passwordFile == null);
        boolean withSecret = user == null && passwordEnv == null && passwordFile == null;
        if (secret == null ? !withUser : !withSecret) {
            throw new UsageException(
                    "the login is one of: --secret ARN; --user with --password-env;" + " --user with --password-file");
        }
        if (secret != null) {
            return new Migration.Credentials.SecretsManager(secret);
        }
        return passwordEnv != null
                ? new Migration.Credentials.PasswordEnv(user, passwordEnv)
                : new Migration.Credentials.PasswordFile(user, passwordFile.toAbsolutePath());
    }

    List<String> lines() {
        if (secret != null) {
            return List.of("secretsManager: " + DraftFile.quoted(secret));
        }
        String password = passwordEnv != null
                ? "passwordEnv: " + DraftFile.quoted(passwordEnv)
                : "passwordFile: "
                        + DraftFile.quoted(passwordFile.toAbsolutePath().toString());
        return List.of("user: " + DraftFile.quoted(user), password);
    }
}
