package io.keyferry.cli.policy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.keyferry.cli.configuration.FileParameter;
import io.keyferry.cli.terminal.Console;
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
            "Prints the IAM policies and the SQL grants that a migration needs. It changes nothing.",
            "For the SQL, the tables are looked up in the database, with a login that may read them."
        },
        footer = {
            "",
            "Examples:",
            "  keyferry policy --only iam",
            "  keyferry policy migration.yaml --only sql --role keyferry > grants.sql",
            "  keyferry policy --json"
        })
public final class PolicyCommand implements Callable<Integer> {

    private static final ObjectMapper MAPPER = new ObjectMapper();

    @Mixin
    private FileParameter file;

    @Option(names = "--only", paramLabel = "SECTION", description = "iam (which needs no database) or sql.")
    private String only;

    @Option(
            names = "--role",
            paramLabel = "NAME",
            defaultValue = "keyferry",
            description = "The database role to be made (default: ${DEFAULT-VALUE}).")
    private String role;

    @Option(names = "--json", description = "Print one JSON object on standard output.")
    private boolean json;

    @Override
    public Integer call() throws JsonProcessingException, SQLException {
        if (only != null && !only.equals("iam") && !only.equals("sql")) {
            throw new UsageException("--only takes iam or sql, not '" + only + "'");
        }
        // standard output is to be pasted: what is for people goes to standard error
        Migration migration = file.load(Console.of(true));
        Map<String, Object> sections = new LinkedHashMap<>();
        if (!"sql".equals(only)) {
            IamPolicies iam = new IamPolicies(migration);
            Map<String, Object> policies = new LinkedHashMap<>();
            policies.put("migrationRole", iam.migrationRole());
            policies.put("verificationRole", iam.verificationRole());
            policies.put("reportRole", iam.reportRole());
            policies.put("application", iam.application());
            sections.put("iam", policies);
        }
        List<String> grants = List.of();
        String publication = "";
        if (!"iam".equals(only)) {
            JdbcDatabase database = JdbcDatabase.of(migration.database());
            try (Connection connection = database.connect("policy")) {
                List<TableLayout> layouts = Catalog.layouts(connection, migration.tables());
                grants = SqlGrants.statements(role, migration, layouts);
                if (migration.changes().isEmpty()) {
                    publication = PublicationStatement.of(connection, migration.slot(), layouts);
                }
            }
            sections.put(
                    "sql", Map.of("grants", grants, "owner", publication.isEmpty() ? List.of() : List.of(publication)));
        }
        if (json) {
            System.out.println(MAPPER.writeValueAsString(sections));
        } else {
            print(sections, grants, publication);
        }
        return 0;
    }

    private void print(Map<String, Object> sections, List<String> grants, String publication)
            throws JsonProcessingException {
        if (sections.get("iam") instanceof Map<?, ?> policies) {
            System.out.println(MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(policies));
        }
        if (!grants.isEmpty()) {
            System.out.println("-- by a superuser; on RDS and Aurora without REPLICATION, but GRANT rds_replication\n"
                    + "-- the role's password is set apart from this, with \\password in psql");
            grants.forEach(statement -> System.out.println(statement + ";"));
        }
        if (!publication.isEmpty()) {
            System.out.println("-- by the owner of the tables, who needs CREATE on the database, or a superuser");
            System.out.println(publication + ";");
        }
    }
}
