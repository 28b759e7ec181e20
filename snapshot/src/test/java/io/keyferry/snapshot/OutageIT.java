package io.keyferry.snapshot;

import static io.keyferry.snapshot.Workbench.layout;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.keyferry.sandbox.SandboxKafka;
import io.keyferry.sandbox.SandboxPostgres;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutageIT {

    @TempDir
    Path folder;

    private SandboxPostgres postgres;
    private SandboxKafka kafka;

    @BeforeEach
    void start() {
        startPostgres(0);
        startKafka(0);
    }

    private void startPostgres(int port) {
        postgres = SandboxPostgres.start(port, folder.resolve("postgres"), Map.of("fsync", "off"));
    }

    private void startKafka(int port) {
        kafka = SandboxKafka.start(port, folder.resolve("kafka"));
    }

    @AfterEach
    void stop() {
        kafka.close();
        postgres.close();
    }

    private Workbench workbench(String name) throws Exception {
        Workbench bench = Workbench.of(postgres, kafka, name, layout("public", name, List.of("id"), "secret"));
        bench.sql(
                "CREATE TABLE " + name + " (id bigint PRIMARY KEY, secret text)",
                "INSERT INTO " + name + " SELECT n, 'first' FROM generate_series(1, 3) n");
        return bench;
    }

    private static void awaitSnapshot(Workbench bench) {
        await().atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofMillis(200))
                .until(() -> bench.progress().complete());
    }

    @Test
    void waitsForAStoppedKafkaAndForARestartedServer() throws Exception {
        Workbench bench = workbench("outage");

        try (SnapshotStage stage = bench.startedStage()) {
            awaitSnapshot(bench);
            int kafkaPort = kafka.port();
            kafka.close();
            bench.sql("UPDATE outage SET secret = 'without Kafka' WHERE id = 1");
            int postgresPort = postgres.port();
            postgres.close();
            startPostgres(postgresPort);
            startKafka(kafkaPort);
            // the workbench's own server object is the one that was closed
            try (var connection = postgres.connect();
                    var statement = connection.createStatement()) {
                statement.execute("UPDATE outage SET secret = 'after both' WHERE id = 2");
            }

            await().atMost(Duration.ofSeconds(60))
                    .pollInterval(Duration.ofMillis(500))
                    .untilAsserted(() -> {
                        assertThat(bench.newest().get("{\"id\":1}").after("secret"))
                                .isEqualTo("without Kafka");
                        assertThat(bench.newest().get("{\"id\":2}").after("secret"))
                                .isEqualTo("after both");
                    });
            assertThat(bench.changes())
                    .filteredOn(change -> change.op().equals("r"))
                    .hasSize(3);
            assertThat(stage.ended()).isNotDone();
        }
    }

    @Test
    void closesWhileKafkaIsAwayAndBringsTheChangeLater() throws Exception {
        Workbench bench = workbench("away");
        SnapshotStage stage = bench.startedStage();
        awaitSnapshot(bench);
        kafka.close();
        bench.sql("UPDATE away SET secret = 'without Kafka' WHERE id = 1");

        long begun = System.nanoTime();
        stage.close();

        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(15));
        assertThat(stage.ended()).isCompleted();
        assertThat(bench.query("SELECT count(*) FROM pg_stat_replication")).isEqualTo("0");
        startKafka(kafka.port());
        try (SnapshotStage next = bench.startedStage()) {
            await().atMost(Duration.ofSeconds(30))
                    .until(() ->
                            bench.newest().get("{\"id\":1}").after("secret").equals("without Kafka"));
            assertThat(next.ended()).isNotDone();
        }
    }
}
