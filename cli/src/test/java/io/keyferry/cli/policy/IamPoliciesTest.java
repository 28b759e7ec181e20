package io.keyferry.cli.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.keyferry.model.Migration;
import io.keyferry.model.file.MigrationFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class IamPoliciesTest {

    private static final String SOURCE = "arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
    private static final String TARGET = "arn:aws:kms:us-west-2:111122223333:key/mrk-0987dcba09fe87dc65baab0987654321";
    private static final String REPLICA = TARGET.replace("us-west-2", "us-east-1");
    private static final String YAML = """
            name: customers-to-mrk
            database: {url: "jdbc:postgresql://db.internal/app", credentials: {user: app, passwordEnv: APP}}
            keys: {region: us-west-2, source: [%s], target: %s, replicas: [us-east-1]}
            tables:
              - table: public.customers
                columns: [{column: ssn, encoding: base64, context: {purpose: ssn}}]
            """.formatted(SOURCE, TARGET);

    private static IamPolicies policies(String more) {
        return new IamPolicies(MigrationFile.parse(YAML + more, Path.of(".")));
    }

    /** Each as {@code action on resource}. */
    @SuppressWarnings("unchecked")
    private static TreeSet<String> allowed(Map<String, Object> policy) {
        TreeSet<String> allowed = new TreeSet<>();
        for (Map<String, Object> statement : (List<Map<String, Object>>) policy.get("Statement")) {
            for (String action : (List<String>) statement.get("Action")) {
                for (String resource : new ArrayList<>((java.util.Set<String>) statement.get("Resource"))) {
                    allowed.add(action + " on " + resource);
                }
            }
        }
        return allowed;
    }

    @Test
    void theMigrationMayDecryptOnlyWhereItVerifiesBeforeItWrites() {
        assertThat(allowed(policies("").migrationRole()))
                .containsExactlyInAnyOrder(
                        "kms:DescribeKey on " + SOURCE,
                        "kms:DescribeKey on " + TARGET,
                        "kms:ReEncryptFrom on " + SOURCE,
                        "kms:ReEncryptFrom on " + TARGET,
                        "kms:ReEncryptTo on " + TARGET);
        assertThat(allowed(policies("verifyBeforeWrite: true\n").migrationRole()))
                .contains("kms:Decrypt on " + SOURCE, "kms:Decrypt on " + TARGET)
                .hasSize(7);
    }

    @Test
    void theVerificationMayDecryptUnderTheTargetKeyInEveryRegionAndUnderNoOther() {
        assertThat(allowed(policies("").verificationRole()))
                .containsExactlyInAnyOrder(
                        "kms:DescribeKey on " + TARGET,
                        "kms:DescribeKey on " + REPLICA,
                        "kms:Decrypt on " + TARGET,
                        "kms:Decrypt on " + REPLICA,
                        "kms:ReEncryptTo on " + TARGET,
                        "kms:ReEncryptTo on " + REPLICA,
                        "kms:ReEncryptFrom on " + SOURCE,
                        "kms:ReEncryptFrom on " + TARGET,
                        "kms:ReEncryptFrom on " + REPLICA);
    }

    @Test
    void aLoginByIamNeedsToConnectAsItsUser() {
        String iam = YAML.replace("{user: app, passwordEnv: APP}", "{user: app, iam: true}")
                .replace("db.internal/app", "db.abc123.us-west-2.rds.amazonaws.com/app?sslmode=require");
        Migration migration = MigrationFile.parse(iam, Path.of("."));
        assertThat(allowed(new IamPolicies(migration).migrationRole()))
                .contains("rds-db:connect on arn:aws:rds-db:*:111122223333:dbuser:*/app");
    }

    @Test
    @SuppressWarnings("unchecked")
    void aKeysOwnPolicyNamesTheRolesOfTheMigrationAndOfTheApplication() {
        String role = "arn:aws:iam::111122223333:role/app";
        Map<String, Object> none = policies("").keyPolicies("ferry");
        Map<String, Object> named =
                policies("retirement: {applicationRoles: [\"" + role + "\"]}\n").keyPolicies("ferry");

        assertThat((List<Map<String, Object>>) none.get("target"))
                .singleElement()
                .satisfies(statement -> assertThat(statement.get("Principal"))
                        .isEqualTo(Map.of("AWS", Set.of("arn:aws:iam::111122223333:role/ferry"))));
        assertThat((List<Map<String, Object>>) none.get("source"))
                .singleElement()
                .satisfies(statement ->
                        assertThat(statement.get("Action")).isEqualTo(List.of("kms:DescribeKey", "kms:ReEncryptFrom")));
        assertThat((List<Map<String, Object>>) named.get("target"))
                .hasSize(2)
                .last()
                .satisfies(statement -> assertThat(statement.get("Principal")).isEqualTo(Map.of("AWS", Set.of(role))));
    }

    @Test
    void anMskClustersPolicyNamesTopicsGroupsAndTransactionalIdsOfThisMigrationOnly() {
        String cluster = "arn:aws:kafka:us-west-2:111122223333:cluster/app/0a1b";
        Map<String, Object> sink = MskPolicies.of(cluster)
                .orElseThrow()
                .policy(new KafkaAcls(MigrationFile.parse(YAML, Path.of(".")))
                        .all()
                        .get(KafkaAcls.Who.SINK));

        assertThat(sink.toString())
                .contains(
                        "kafka-cluster:Connect",
                        "arn:aws:kafka:us-west-2:111122223333:topic/app/0a1b/customers-to-mrk.sweep",
                        "arn:aws:kafka:us-west-2:111122223333:group/app/0a1b/customers-to-mrk.sink",
                        "arn:aws:kafka:us-west-2:111122223333:transactional-id/app/0a1b/customers-to-mrk.sink-*")
                .doesNotContain("DeleteTopic", "/*\"");
        assertThat(MskPolicies.of("arn:aws:kafka:us-west-2:111122223333:topic/app/0a1b/x"))
                .isEmpty();
    }
}
