package io.keyferry.model.file;

import io.keyferry.model.Migration.Credentials;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** Reads {@code database.credentials}: exactly one kind of them. */
final class CredentialsSection {

    private static final Pattern SECRET = Pattern.compile(
            "arn:aws[a-z-]*:secretsmanager:" + Checked.REGION.pattern() + ":[0-9]{12}:secret:[A-Za-z0-9/_+=.@!-]+");
    private static final String SECRET_EXPECTED =
            "a secret's ARN, such as arn:aws:secretsmanager:us-west-2:111122223333:secret:app-db-a1b2c3";
    private static final Pattern VARIABLE = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");
    private static final String VARIABLE_EXPECTED = "the name of an environment variable that holds the password";
    private static final String IAM_EXPECTED = "true, or another kind of credentials instead";
    private static final String FILE_EXPECTED = "the path of a file that holds the password";
    private static final String USER_EXPECTED = "the database user's name";
    private static final String REGISTRY_USER_EXPECTED = "the user's name";

    private CredentialsSection() {}

    static Optional<Credentials> read(Section credentials, Path folder) {
        List<String> kinds = List.of("secretsManager", "passwordEnv", "passwordFile", "iam").stream()
                .filter(credentials::has)
                .toList();
        Optional<String> user = credentials.optional("user").flatMap(value -> value.text(USER_EXPECTED));
        if (kinds.size() != 1) {
            credentials.wrong(
                    kinds.isEmpty() ? "holds no credentials" : "holds " + String.join(" and ", kinds),
                    "one of secretsManager, user with passwordEnv, user with passwordFile, user with iam: true");
        } else if (credentials.has("secretsManager")) {
            credentials
                    .optional("user")
                    .ifPresent(value -> value.wrong("stands beside secretsManager", "the user's name in the secret"));
        } else if (!credentials.has("user")) {
            credentials.required("user", USER_EXPECTED);
        }
        Optional<String> secret =
                credentials.optional("secretsManager").flatMap(value -> Checked.text(value, SECRET, SECRET_EXPECTED));
        Optional<String> variable =
                credentials.optional("passwordEnv").flatMap(value -> Checked.text(value, VARIABLE, VARIABLE_EXPECTED));
        variable.ifPresent(credentials::passOver);
        Optional<Path> file = credentials.optional("passwordFile").flatMap(value -> file(value, folder));
        boolean iam = credentials
                .optional("iam")
                .flatMap(CredentialsSection::onlyTrue)
                .isPresent();
        credentials.noOtherKeys();
        return secret.<Credentials>map(Credentials.SecretsManager::new)
                .or(() -> variable.map(name -> new Credentials.PasswordEnv(user.orElse(""), name)))
                .or(() -> file.map(path -> new Credentials.PasswordFile(user.orElse(""), path)))
                .or(() -> iam ? Optional.of(new Credentials.Iam(user.orElse(""))) : Optional.empty());
    }

    private static Optional<Boolean> onlyTrue(Value value) {
        Optional<String> found = value.scalar(IAM_EXPECTED);
        if (found.isPresent() && !found.get().equals("true")) {
            value.wrong("is " + found.get(), IAM_EXPECTED);
            return Optional.empty();
        }
        return found.map(any -> true);
    }

    /** A user with a password, from among the other keys of a section. */
    static Optional<Credentials> login(Section section, Path folder) {
        if (section.has("passwordEnv") == section.has("passwordFile")) {
            section.wrong("holds no login, or two", "user with passwordEnv, or user with passwordFile");
        }
        String user = section.required("user", REGISTRY_USER_EXPECTED)
                .flatMap(value -> value.text(REGISTRY_USER_EXPECTED))
                .orElse("");
        Optional<String> variable =
                section.optional("passwordEnv").flatMap(value -> Checked.text(value, VARIABLE, VARIABLE_EXPECTED));
        variable.ifPresent(section::passOver);
        Optional<Path> file = section.optional("passwordFile").flatMap(value -> file(value, folder));
        return variable.<Credentials>map(name -> new Credentials.PasswordEnv(user, name))
                .or(() -> file.map(path -> new Credentials.PasswordFile(user, path)));
    }

    private static Optional<Path> file(Value value, Path folder) {
        return Checked.file(value, folder, FILE_EXPECTED);
    }
}
