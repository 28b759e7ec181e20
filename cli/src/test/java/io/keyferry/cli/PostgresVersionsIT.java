package io.keyferry.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.keyferry.cli.PipelineBench.Place;
import io.keyferry.cli.PipelineBench.Running;
import io.keyferry.model.Counter;
import io.keyferry.sandbox.SandboxPostgres;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Every supported version of PostgreSQL, with the whole pipeline: snapshot, live writes, echoes, the sink with and
 * without replication origins, and the sweep until it finds nothing.
 */
@Timeout(240)
class PostgresVersionsIT {

    private static final int ON_CLASS_PATH = 18;
    private static final int ROWS = 300;
    private static final int COLUMN_LISTS = 15;
    private static final int ORIGIN_FILTER = 16;
    private static final int FAILOVER_SLOTS = 17;
    private static final Duration DONE = Duration.ofSeconds(120);

    private static PipelineBench bench;

    @BeforeAll
    static void start() {
        bench = new PipelineBench();
    }

    @AfterAll
    static void stop() {
        bench.close();
    }

    private static SandboxPostgres server(int version) {
        if (version == ON_CLASS_PATH) {
            return SandboxPostgres.start(0, null);
        }
        Path jar = Path.of(System.getProperty("keyferry.postgres.binaries", "target/postgres"), version + ".jar");
        assumeTrue(
                Files.exists(jar),
                "no PostgreSQL " + version + " at " + jar + ": Maven's profile postgres-versions fetches it");
        return SandboxPostgres.start(0, null, Map.of(), jar);
    }

    @ParameterizedTest
    @ValueSource(ints = {14, 15, 16, 17, 18})
    void migratesWithAndWithoutReplicationOrigins(int version) throws Exception {
        try (SandboxPostgres postgres = server(version)) {
            assertThat(Place.of(postgres).ask("SHOW server_version_num")).startsWith(String.valueOf(version));

            migratesAsARoleThatMayNotUseOrigins(version, postgres);
            migratesAsSuperuser(version, postgres);
        }
    }

    private void migratesAsARoleThatMayNotUseOrigins(int version, SandboxPostgres postgres) throws Exception {
        Place place = Place.of(postgres).as("migrator", "pw");
        bench.createTable(place, "accounts", ROWS);
        place.sql(
                "CREATE ROLE migrator LOGIN REPLICATION PASSWORD 'pw'",
                "GRANT SELECT, UPDATE ON accounts TO migrator",
                "CREATE PUBLICATION keyferry_plain_" + version + " FOR TABLE accounts"
                        + (version < COLUMN_LISTS ? "" : " (id, secret)")
                        + " WITH (publish = 'insert, update, delete')");

        migrate("plain-" + version, place, true);
    }

    private void migratesAsSuperuser(int version, SandboxPostgres postgres) throws Exception {
        Place.of(postgres).sql("CREATE DATABASE second");
        Place place = Place.in(postgres, "second");
        bench.createTable(place, "accounts", ROWS);

        migrate("super-" + version, place, version < ORIGIN_FILTER);

        assertThat(place.ask("SELECT to_jsonb(r) ->> 'prattrs' IS NOT NULL FROM pg_publication_rel r"))
                .as("column list")
                .isEqualTo(version < COLUMN_LISTS ? "f" : "t");
        assertThat(place.ask("SELECT coalesce(to_jsonb(s) ->> 'failover', 'false') FROM pg_replication_slots s"
                        + " WHERE database = 'second'"))
                .as("slot that standbys keep over a failover")
                .isEqualTo(version < FAILOVER_SLOTS ? "false" : "true");
    }

    private void migrate(String name, Place place, boolean echoes) throws Exception {
        try (Running running = bench.start(name, place, "accounts")) {
            await().atMost(DONE).until(() -> bench.underSource(place, "accounts") == 0);
            place.sql(
                    "UPDATE accounts SET note = 'touched' WHERE id <= 10",
                    "UPDATE accounts SET secret = '" + bench.encrypted("live") + "' WHERE id = 7",
                    "INSERT INTO accounts VALUES (1000, '" + bench.encrypted("inserted") + "')");
            await().atMost(DONE).until(() -> bench.underSource(place, "accounts") == 0);
            assertThat(running.awaitDrained(DONE)).isEqualTo(MigrationRun.End.REACHED);

            assertThat(running.count(Counter.REWRITTEN)).isEqualTo(ROWS + 2);
            // ten rows touched hold the new value already; an echo for every row besides tells of no origin filter
            assertThat(running.count(Counter.ALREADY_TARGET))
                    .as("changes that were recognised as done")
                    .satisfies(done ->
                            assertThat(done >= ROWS).as("echoes of %s", done).isEqualTo(echoes));
        }
        assertThat(bench.decrypted(place.ask("SELECT secret FROM accounts WHERE id = 7")))
                .isEqualTo("live");
        assertThat(bench.decrypted(place.ask("SELECT secret FROM accounts WHERE id = 1000")))
                .isEqualTo("inserted");
        assertThat(bench.decrypted(place.ask("SELECT secret FROM accounts WHERE id = 300")))
                .isEqualTo("value 300");
    }
}
