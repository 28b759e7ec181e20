package io.keyferry.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.keyferry.cli.PipelineBench.Place;
import io.keyferry.sandbox.SandboxPostgres;
import io.keyferry.servers.Servers;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Rows that are as they were before the migration, as a restore from a backup leaves them, when the source key is gone. */
@Timeout(300)
class RestoredRowsIT {

    private static final int ROWS = 50;

    @TempDir
    private Path folder;

    @Test
    void theSinkBringsThemToTheTargetKeyFromTheJournalWithoutKms() throws Exception {
        try (PipelineBench bench = new PipelineBench();
                SandboxPostgres postgres = Servers.postgres()) {
            Place place = Place.of(postgres);
            bench.createTable(place, "restored", ROWS);
            place.sql("CREATE TABLE backup AS SELECT * FROM restored");
            bench.migrationFile(folder, "restored", place, "restored", Optional.of(bench.bootstrapServers()));
            try (KeyferryProcess run =
                    keyferry(bench, place, "run", "restored.yaml", "--until-done", "--timeout", "100s")) {
                assertThat(run.exitCode()).as(run.err()).isZero();
            }

            place.sql("UPDATE restored r SET secret = b.secret FROM backup b WHERE r.id = b.id");
            bench.sourceKeyIs(false);
            long requests = bench.kmsRequests();
            try (KeyferryProcess replay =
                    keyferry(bench, place, "replay", "restored.yaml", "--stage", "sink", "--to-earliest", "--yes")) {
                assertThat(replay.exitCode()).as(replay.err()).isZero();
            }
            try (KeyferryProcess run = keyferry(bench, place, "run", "restored.yaml", "sink")) {
                await().atMost(Duration.ofSeconds(90))
                        .until(() -> !run.isAlive() || bench.underSource(place, "restored") == 0);
                assertThat(run.isAlive()).as(run.err()).isTrue();
            }

            assertThat(bench.kmsRequests()).isEqualTo(requests);
            assertThat(bench.decrypted(place.ask("SELECT secret FROM restored WHERE id = 7")))
                    .isEqualTo("value 7");
        }
    }

    private KeyferryProcess keyferry(PipelineBench bench, Place place, String... arguments) throws IOException {
        return KeyferryProcess.start(folder, bench.environment(place), arguments);
    }
}
