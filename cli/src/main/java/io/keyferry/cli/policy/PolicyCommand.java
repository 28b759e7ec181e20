package io.keyferry.cli.policy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.keyferry.cli.configuration.FileParameter;
import io.keyferry.cli.terminal.Console;
import io.keyferry.cli.terminal.ExitCode;
import io.keyferry.cli.terminal.UsageException;
import io.keyferry.cli.terminal.Version;
import io.keyferry.database.Catalog;
import io.keyferry.database.JdbcDatabase;
import io.keyferry.model.Migration;
import io.keyferry.model.TableLayout;
import io.keyferry.snapshot.PublicationStatement;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code keyferry policy}: the privileges that a migration needs, to be pasted. */
@Command(
        name = "policy",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description = {
            "Prints the IAM policies, the SQL grants and Kafka's ACLs that a migration needs. It changes nothing.",
            "For the SQL, the tables are looked up in the database, with a login that may read them."
        },
        footer = {
            "",
            "Examples:",
            "  keyferry policy --only iam",
            "  keyferry policy migration.yaml --only sql --role keyferry > grants.sql",
            "  keyferry policy --only kafka --msk-cluster arn:aws:kafka:us-west-2:111122223333:cluster/app/…",
            "  keyferry policy --json"
        })
public final class PolicyCommand implements Callable<Integer> {

    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final Set<String> SECTIONS = Set.of("iam", "sql", "kafka");

    @Mixin
    private FileParameter file;

    @Option(
            names = "--only",
            paramLabel = "SECTION",
            description = "iam (which needs no database), sql, or kafka (neither).")
    private String only;

    @Option(
            names = "--role",
            paramLabel = "NAME",
            defaultValue = "keyferry",
            description = "The database role to be made (default: ${DEFAULT-VALUE}).")
    private String role;

    @Option(
            names = "--iam-role",
            paramLabel = "NAME",
            defaultValue = "keyferry",
            description = "The IAM role that KeyFerry runs as, for key policies (default: ${DEFAULT-VALUE}).")
    private String iamRole;

    @Option(
            names = "--kafka-principal",
            paramLabel = "PRINCIPAL",
            defaultValue = "User:keyferry",
            description = "Kafka's principals begin so: -snapshot, -stream-processor, -sink and -operator are added"
                    + " (default: ${DEFAULT-VALUE}).")
    private String principal;

    @Option(
            names = "--msk-cluster",
            paramLabel = "ARN",
            description = "An Amazon MSK cluster: prints IAM policies instead of Kafka's ACLs.")
    private String mskCluster;

    @Option(names = "--json", description = "Print one JSON object on standard output.")
    private boolean json;

    @Override
    public Integer call() throws JsonProcessingException, SQLException {
        if (only != null && !SECTIONS.contains(only)) {
            throw new UsageException("--only takes iam, sql or kafka, not '" + only + "'");
        }
        Optional<MskPolicies> msk = Optional.ofNullable(mskCluster)
                .map(arn -> MskPolicies.of(arn)
                        .orElseThrow(() -> new UsageException("--msk-cluster takes the ARN of a cluster, as `aws kafka"
                                + " list-clusters-v2` tells it, not '" + arn + "'")));
        // standard output is to be pasted: what is for people goes to standard error
        Migration migration = file.load(Console.of(true));
        if ("kafka".equals(only) && migration.kafka().isEmpty()) {
            throw new UsageException(file.path() + " has no kafka section, and the embedded broker knows no ACLs");
        }
        ObjectNode sections = MAPPER.createObjectNode();
        if (isWanted("iam")) {
            iam(migration, sections);
        }
        if (isWanted("sql")) {
            sql(migration, sections);
        }
        if (isWanted("kafka") && migration.kafka().isPresent()) {
            kafka(migration, msk, sections);
        }
        if (json) {
            System.out.println(MAPPER.writeValueAsString(sections));
        }
        return ExitCode.DONE;
    }

    private boolean isWanted(String section) {
        return only == null || only.equals(section);
    }

    private void iam(Migration migration, ObjectNode sections) throws JsonProcessingException {
        IamPolicies iam = new IamPolicies(migration);
        Map<String, Object> policies = new LinkedHashMap<>();
        policies.put("migrationRole", iam.migrationRole());
        policies.put("verificationRole", iam.verificationRole());
        policies.put("reportRole", iam.reportRole());
        policies.put("application", iam.application());
        policies.put("keyPolicies", iam.keyPolicies(iamRole));
        sections.set("iam", MAPPER.valueToTree(policies));
        if (!json) {
            pretty(policies);
        }
    }

    private void sql(Migration migration, ObjectNode sections) throws SQLException {
        JdbcDatabase database = JdbcDatabase.of(migration.database());
        List<String> grants;
        List<String> owner = List.of();
        try (Connection connection = database.connect("policy")) {
            List<TableLayout> layouts = Catalog.layouts(connection, migration.tables());
            grants = SqlGrants.statements(role, migration, layouts);
            if (migration.changes().isEmpty()) {
                owner = List.of(PublicationStatement.of(connection, migration.slot(), layouts));
            }
        }
        ObjectNode section = sections.putObject("sql");
        grants.forEach(section.putArray("grants")::add);
        owner.forEach(section.putArray("owner")::add);
        if (json) {
            return;
        }
        System.out.println("-- by a superuser; on RDS and Aurora without REPLICATION, but GRANT rds_replication\n"
                + "-- the role's password is set apart from this, with \\password in psql");
        grants.forEach(statement -> System.out.println(statement + ";"));
        if (!owner.isEmpty()) {
            System.out.println("-- by the owner of the tables, who needs CREATE on the database, or a superuser");
            owner.forEach(statement -> System.out.println(statement + ";"));
        }
    }

    private void kafka(Migration migration, Optional<MskPolicies> msk, ObjectNode sections)
            throws JsonProcessingException {
        Map<KafkaAcls.Who, List<KafkaAcls.Acl>> acls = new KafkaAcls(migration).all();
        ObjectNode section = sections.putObject(msk.isPresent() ? "msk" : "kafka");
        for (Map.Entry<KafkaAcls.Who, List<KafkaAcls.Acl>> who : acls.entrySet()) {
            String word = who.getKey().word();
            if (msk.isPresent()) {
                section.set(word, MAPPER.valueToTree(msk.get().policy(who.getValue())));
            } else {
                section.set(word, acls(principal + "-" + word, who.getValue()));
            }
        }
        if (json) {
            return;
        }
        if (msk.isPresent()) {
            pretty(section);
            return;
        }
        String servers = migration.kafka().orElseThrow().bootstrapServers();
        acls.forEach((who, list) -> {
            System.out.println("# " + who.word());
            list.forEach(acl -> System.out.println(acl.command(servers, principal + "-" + who.word())));
        });
    }

    private static ObjectNode acls(String principal, List<KafkaAcls.Acl> acls) {
        ObjectNode node = MAPPER.createObjectNode().put("principal", principal);
        ArrayNode array = node.putArray("acls");
        acls.forEach(acl -> {
            ObjectNode one = array.addObject()
                    .put("resourceType", acl.resource().word())
                    .put("name", acl.name())
                    .put("patternType", acl.pattern());
            acl.operations().forEach(one.putArray("operations")::add);
        });
        return node;
    }

    private static void pretty(Object object) throws JsonProcessingException {
        System.out.println(MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(object));
    }
}
