package io.keyferry.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.keyferry.cli.PipelineBench.Place;
import io.keyferry.cli.PipelineBench.Running;
import io.keyferry.sandbox.SandboxPostgres;
import io.keyferry.servers.Servers;
import java.sql.SQLException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A whole migration of a database that nobody else writes to: our own writes fill the log, and come back to nobody. */
@Timeout(240)
class IdleDatabaseIT {

    private static final int ROWS = 3000;
    /** Slow enough for heartbeats to come in between. */
    private static final int REQUESTS_PER_SECOND = 200;

    private static final long MEGABYTE = 1_000_000;
    private static final Duration LONG = Duration.ofSeconds(120);

    @Test
    void theSlotLetsTheLogGoWhileValuesAreWrittenBackAndAfterwards() throws Exception {
        try (SandboxPostgres postgres = Servers.postgres();
                PipelineBench bench = new PipelineBench()) {
            Place place = Place.of(postgres);
            bench.createTable(place, "idle", ROWS);
            place.sql("UPDATE idle SET note = (SELECT string_agg(md5(id || ' ' || n), '')"
                    + " FROM generate_series(1, 40) n)");

            try (Running running = bench.start("idle", place, REQUESTS_PER_SECOND, "idle")) {
                await().atMost(LONG).until(() -> bench.underSource(place, "idle") < ROWS);
                long begun = bytes(place, "pg_current_wal_lsn() - '0/0'");
                await().atMost(LONG).until(() -> bytes(place, "confirmed_flush_lsn - '0/0'") - begun > MEGABYTE / 2);
                assertThat(bench.underSource(place, "idle"))
                        .as("write-backs go on")
                        .isPositive();

                assertThat(running.awaitDrained(LONG)).isEqualTo(MigrationRun.End.REACHED);

                assertThat(bytes(place, "pg_current_wal_lsn() - '0/0'") - begun).isGreaterThan(4 * MEGABYTE);
                await().atMost(LONG).untilAsserted(() -> {
                    assertThat(bytes(place, "pg_wal_lsn_diff(pg_current_wal_lsn(), confirmed_flush_lsn)"))
                            .isLessThan(MEGABYTE / 10);
                    assertThat(bytes(place, "pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)"))
                            .isLessThan(MEGABYTE / 2);
                });
            }
            assertThat(bench.changes("idle", "idle")).as("no echo has come").isEmpty();
        }
    }

    private static long bytes(Place place, String difference) throws SQLException {
        return Long.parseLong(place.ask("SELECT (" + difference + ")::bigint FROM pg_replication_slots"));
    }
}
