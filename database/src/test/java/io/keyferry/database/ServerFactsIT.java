package io.keyferry.database;

import static org.assertj.core.api.Assertions.assertThat;

import io.keyferry.sandbox.SandboxPostgres;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class ServerFactsIT {

    private static SandboxPostgres postgres;

    @BeforeAll
    static void start() {
        postgres = SandboxPostgres.start(0, null);
    }

    @AfterAll
    static void stop() {
        postgres.close();
    }

    @Test
    void tellsServerAndSuperuser() throws SQLException {
        try (Connection connection = postgres.connect()) {
            ServerFacts facts = ServerFacts.read(connection);

            assertThat(facts.version()).isBetween(120000, 999999);
            assertThat(facts.walLevel()).isEqualTo("logical");
            assertThat(facts.database()).isEqualTo(postgres.database());
            assertThat(facts.role()).isEqualTo(postgres.user());
            assertThat(facts.superuser()).isTrue();
            assertThat(facts.replication()).isTrue();
            assertThat(facts.systemIdentifier().orElseThrow()).matches("[0-9]+");
        }
    }

    @Test
    void tellsWhoMayUseReplication() throws SQLException {
        assertThat(factsAs("CREATE ROLE plain LOGIN", "plain"))
                .matches(facts -> !facts.superuser() && !facts.replication());
        assertThat(factsAs("CREATE ROLE mover LOGIN REPLICATION", "mover"))
                .matches(facts -> !facts.superuser() && facts.replication());
        assertThat(factsAs("CREATE ROLE rds_replication; CREATE ROLE managed IN ROLE rds_replication", "managed"))
                .matches(facts -> !facts.superuser() && facts.replication());
    }

    @Test
    void goesWithoutASystemIdentifierThatItMayNotRead() throws SQLException {
        assertThat(factsAs("CREATE ROLE blind; REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC", "blind")
                        .systemIdentifier())
                .isEmpty();
    }

    private static ServerFacts factsAs(String preparation, String role) throws SQLException {
        try (Connection connection = postgres.connect();
                Statement statement = connection.createStatement()) {
            statement.execute(preparation);
            statement.execute("SET ROLE " + role);
            return ServerFacts.read(connection);
        }
    }
}
