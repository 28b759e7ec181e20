package io.keyferry.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.keyferry.cli.PipelineBench.Place;
import io.keyferry.sandbox.SandboxPostgres;
import io.keyferry.servers.Servers;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A whole migration by a role that has what {@code keyferry policy} prints, and nothing else. */
@Timeout(240)
class LeastPrivilegeIT {

    @TempDir
    private Path folder;

    @Test
    void aRoleMadeByThePrintedStatementsMigratesTheWholeTable() throws Exception {
        try (SandboxPostgres postgres = Servers.postgres();
                PipelineBench bench = new PipelineBench()) {
            Place place = Place.of(postgres);
            bench.createTable(place, "guarded", 20);
            place.sql("REVOKE CREATE ON SCHEMA public FROM PUBLIC");
            Optional<String> kafka = Optional.of(bench.bootstrapServers());
            bench.migrationFile(folder, "least", place, "guarded", kafka);
            try (KeyferryProcess policy = KeyferryProcess.start(
                    folder, bench.environment(place), "policy", "least.yaml", "--only", "sql", "--role", "ferry")) {
                assertThat(policy.exitCode()).as(policy.err()).isZero();
                place.sql(policy.out(), "ALTER ROLE ferry PASSWORD 'pw'");
            }
            assertThat(place.ask("SELECT has_table_privilege('ferry', 'guarded', 'SELECT')"))
                    .as("only columns are granted")
                    .isEqualTo("f");

            Place ferry = place.as("ferry", "pw");
            bench.migrationFile(folder, "least", ferry, "guarded", kafka);
            try (KeyferryProcess run = KeyferryProcess.start(
                    folder, bench.environment(ferry), "run", "least.yaml", "--until-done", "--timeout", "100s")) {
                assertThat(run.exitCode()).as(run.err()).isZero();
            }
            assertThat(bench.underSource(place, "guarded")).isZero();
            assertThat(place.ask("SELECT count(*) > 0 FROM pg_replication_origin WHERE roname LIKE 'keyferry_least%'"))
                    .as("the sink may use its origin")
                    .isEqualTo("t");
        }
    }
}
