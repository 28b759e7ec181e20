package io.keyferry.cli.policy;

import io.keyferry.model.Migration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** The IAM policies of a migration, with exact ARNs. */
final class IamPolicies {

    /** Of an ARN, between its colons. */
    private static final int PARTITION = 1;

    private static final int ACCOUNT = 4;

    private final Migration migration;

    IamPolicies(Migration migration) {
        this.migration = migration;
    }

    /** Of the role that KeyFerry runs as. */
    Map<String, Object> migrationRole() {
        Migration.Keys keys = migration.keys();
        Set<String> every = new TreeSet<>(keys.source());
        every.add(keys.target());
        List<Object> statements = new ArrayList<>();
        statements.add(statement(List.of("kms:DescribeKey"), every, Map.of()));
        statements.add(statement(List.of("kms:ReEncryptFrom"), every, context()));
        statements.add(statement(List.of("kms:ReEncryptTo"), Set.of(keys.target()), context()));
        if (migration.verifyBeforeWrite()) {
            statements.add(statement(List.of("kms:Decrypt"), every, context()));
        }
        login().ifPresent(statements::add);
        return policy(statements);
    }

    private Optional<Object> login() {
        Migration.Credentials credentials = migration.database().credentials();
        if (credentials instanceof Migration.Credentials.SecretsManager secret) {
            return Optional.of(statement(List.of("secretsmanager:GetSecretValue"), Set.of(secret.arn()), Map.of()));
        }
        if (credentials instanceof Migration.Credentials.Iam iam) {
            // the database's Region and its resource id are in no URL: to be filled in by who knows them
            String user = "arn:" + part(PARTITION) + ":rds-db:*:" + part(ACCOUNT) + ":dbuser:*/" + iam.user();
            return Optional.of(statement(List.of("rds-db:connect"), Set.of(user), Map.of()));
        }
        return Optional.empty();
    }

    private String part(int of) {
        return migration.keys().target().split(":")[of];
    }

    /**
     * Statements of the keys' own policies, where these do not leave it to IAM: for the migration's role, and for the
     * application's as far as migration.yaml names them.
     */
    Map<String, Object> keyPolicies(String role) {
        String migrationRole = "arn:" + part(PARTITION) + ":iam::" + part(ACCOUNT) + ":role/" + role;
        List<String> reading = new ArrayList<>(List.of("kms:DescribeKey", "kms:ReEncryptFrom"));
        if (migration.verifyBeforeWrite()) {
            reading.add("kms:Decrypt");
        }
        List<String> writing = new ArrayList<>(reading);
        writing.add("kms:ReEncryptTo");
        List<Object> target = new ArrayList<>(List.of(keyStatement(Set.of(migrationRole), writing)));
        Set<String> application = new TreeSet<>(migration.retirement().applicationRoles());
        if (!application.isEmpty()) {
            target.add(keyStatement(application, List.of("kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey")));
        }
        Map<String, Object> policies = new LinkedHashMap<>();
        policies.put("source", List.of(keyStatement(Set.of(migrationRole), reading)));
        policies.put("target", target);
        return policies;
    }

    /** In a key's policy, every resource is that key. */
    private static Map<String, Object> keyStatement(Set<String> roles, List<String> actions) {
        Map<String, Object> statement = new LinkedHashMap<>();
        statement.put("Effect", "Allow");
        statement.put("Principal", Map.of("AWS", roles));
        statement.put("Action", actions);
        statement.put("Resource", "*");
        return statement;
    }

    /**
     * Of the role that {@code keyferry verify} runs as: decrypts in every Region. ReEncrypt, with and without plaintext,
     * tells which key a value is under that does not decrypt.
     */
    Map<String, Object> verificationRole() {
        Set<String> targets = everywhere();
        Set<String> every = new TreeSet<>(migration.keys().source());
        every.addAll(targets);
        List<Object> statements = new ArrayList<>();
        statements.add(statement(List.of("kms:DescribeKey"), targets, Map.of()));
        statements.add(statement(List.of("kms:Decrypt", "kms:ReEncryptTo"), targets, context()));
        statements.add(statement(List.of("kms:ReEncryptFrom"), every, context()));
        login().ifPresent(statements::add);
        return policy(statements);
    }

    /** Of a role that runs {@code keyferry report} besides: who else uses the source keys. */
    Map<String, Object> reportRole() {
        return policy(List.of(
                statement(
                        List.of("kms:DescribeKey", "kms:ListGrants", "kms:GetKeyLastUsage"),
                        new TreeSet<>(migration.keys().source()),
                        Map.of()),
                // of the account and the Region: it cannot be narrowed down to keys
                statement(List.of("kms:ListAliases"), Set.of("*"), Map.of())));
    }

    /** What the application's roles need besides what they have. */
    Map<String, Object> application() {
        return policy(List.of(
                statement(List.of("kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"), everywhere(), Map.of())));
    }

    /** The target key and its replicas. */
    private Set<String> everywhere() {
        Set<String> keys = migration.keys().replicas().stream()
                .map(migration.keys()::replica)
                .collect(Collectors.toCollection(TreeSet::new));
        keys.add(migration.keys().target());
        return keys;
    }

    /** Only an entry that every column has, the same in all its rows, can be demanded of every call. */
    private Map<String, Set<String>> context() {
        List<Map<String, String>> columns = migration.tables().stream()
                .flatMap(table -> table.columns().stream())
                .map(column -> column.context().constants())
                .toList();
        Map<String, Set<String>> conditions = new TreeMap<>();
        columns.get(0).keySet().stream()
                .filter(name -> columns.stream().allMatch(column -> column.containsKey(name)))
                .forEach(name -> {
                    Set<String> values = new TreeSet<>();
                    // a policy variable of IAM, unless its dollar is spelt out
                    columns.forEach(column -> values.add(column.get(name).replace("${", "${$}{")));
                    conditions.put("kms:EncryptionContext:" + name, values);
                });
        return conditions;
    }

    private static Map<String, Object> statement(
            List<String> actions, Set<String> resources, Map<String, Set<String>> equal) {
        Map<String, Object> statement = new LinkedHashMap<>();
        statement.put("Effect", "Allow");
        statement.put("Action", actions);
        statement.put("Resource", resources);
        if (!equal.isEmpty()) {
            statement.put("Condition", Map.of("StringEquals", equal));
        }
        return statement;
    }

    private static Map<String, Object> policy(List<Object> statements) {
        Map<String, Object> policy = new LinkedHashMap<>();
        policy.put("Version", "2012-10-17");
        policy.put("Statement", statements);
        return policy;
    }
}
