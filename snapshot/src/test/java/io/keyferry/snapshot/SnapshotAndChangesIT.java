package io.keyferry.snapshot;

import static io.keyferry.snapshot.Workbench.layout;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.keyferry.model.TableLayout;
import io.keyferry.model.TableName;
import io.keyferry.sandbox.SandboxKafka;
import io.keyferry.sandbox.SandboxPostgres;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class SnapshotAndChangesIT {

    private static SandboxPostgres postgres;
    private static SandboxKafka kafka;

    @BeforeAll
    static void start() {
        postgres = SandboxPostgres.start(0, null);
        kafka = SandboxKafka.start(0, null);
    }

    @AfterAll
    static void stop() {
        kafka.close();
        postgres.close();
    }

    private static Workbench workbench(String name, TableLayout... layouts) throws Exception {
        return Workbench.of(postgres, kafka, name, layouts);
    }

    @Test
    void readsEveryRowAndThenEveryChange() throws Exception {
        Workbench bench = workbench("plain", layout("public", "plain", List.of("id"), "secret"));
        bench.sql(
                "CREATE TABLE plain (id bigint PRIMARY KEY, secret text, other text)",
                "INSERT INTO plain SELECT n, 'first ' || n, 'never' FROM generate_series(1, 5000) n");

        try (SnapshotStage stage = bench.startedStage()) {
            await().atMost(Duration.ofSeconds(40)).until(() -> bench.progress().complete());
            bench.sql("UPDATE plain SET secret = 'second' WHERE id = 7", "DELETE FROM plain WHERE id = 8");

            await().untilAsserted(() -> assertThat(bench.newest())
                    .hasSize(5000)
                    .satisfies(rows ->
                            assertThat(rows.get("{\"id\":7}").after("secret")).isEqualTo("second"))
                    .satisfies(rows -> assertThat(rows.get("{\"id\":8}").op()).isEqualTo("d")));
            assertThat(bench.progress().rows()).isEqualTo(Map.of(new TableName("public", "plain"), 5000L));
            assertThat(stage.ended()).isNotDone();
        }
    }
}
